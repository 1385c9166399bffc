package org.m4fw.adapter.peft;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** The methods of PEFT that are read, as {@code peft_type} spells them. */
public enum PeftType {
  LORA,
  PROMPT_TUNING,
  P_TUNING,
  PREFIX_TUNING;

  /**
   * The method of a directory.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link PeftError#UNSUPPORTED_TYPE} or an
   *     error of JSON
   */
  public static PeftType of(Path directory) {
    return of(StrictJson.readObject(directory.resolve(PeftReader.CONFIG)));
  }

  /** What the other methods do, and why no low-rank branch is the same. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("ADALORA", "it has a diagonal between the matrices and ranks that were pruned"),
          Map.entry("ADAPTION_PROMPT", "it adds gated attention to learned prompts"),
          Map.entry("BOFT", "it turns the weights of the base by butterfly factors"),
          Map.entry("BONE", "it adds blocks of the base's weight to itself"),
          Map.entry("C3A", "it adds block-circulant matrices"),
          Map.entry("CPT", "it learns prompts together with the tokens of a context"),
          Map.entry("FOURIERFT", "it adds a sum of waves, which is a matrix of full rank"),
          Map.entry("HRA", "it reflects the weights of the base"),
          Map.entry(
              "IA3", "it scales outputs and inputs of layers, and no package holds scales alone"),
          Map.entry("LN_TUNING", "it replaces the norms of the base"),
          Map.entry(
              "LOHA", "it multiplies two low-rank products by elements: a matrix of high rank"),
          Map.entry("LOKR", "it adds a Kronecker product, which is a matrix of high rank"),
          Map.entry("MISS", "it adds a matrix that repeats its rows"),
          Map.entry("MULTITASK_PROMPT_TUNING", "its prompts depend on the task that is asked for"),
          Map.entry("OFT", "it turns the weights of the base"),
          Map.entry("POLY", "it mixes several adapters by the task that is asked for"),
          Map.entry("RANDLORA", "it adds many random matrices that the file does not hold"),
          Map.entry("SHIRA", "it changes single numbers of the base's weights"),
          Map.entry("TRAINABLE_TOKENS", "it replaces rows of the table of tokens"),
          Map.entry("VBLORA", "its matrices are put together from a bank of vectors"),
          Map.entry("VERA", "its matrices are random and shared, and the file may not hold them"),
          Map.entry("XLORA", "it mixes several adapters by each token"));

  static PeftType of(Fields config) {
    String name = config.string("peft_type");
    for (PeftType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    String reason = OTHERS.get(name);
    throw reason == null
        ? unsupported(config, name, values())
        : PeftError.UNSUPPORTED_METHOD.at(config.file(), "peft_type", name, reason);
  }

  void require(Fields config) {
    if (of(config) != this) {
      throw unsupported(config, of(config).name(), this);
    }
  }

  private static RuntimeException unsupported(Fields config, String name, PeftType... types) {
    return PeftError.UNSUPPORTED_TYPE.at(
        config.file(),
        "peft_type",
        name,
        Arrays.stream(types).map(Enum::name).collect(Collectors.joining(", ")));
  }
}
