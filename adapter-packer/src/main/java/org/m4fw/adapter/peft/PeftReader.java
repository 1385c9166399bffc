package org.m4fw.adapter.peft;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraKey;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;

/**
 * Reads a directory that PEFT's {@code save_pretrained} wrote: {@code adapter_config.json} and
 * {@code adapter_model.safetensors} with {@code base_model.model.<layer>.lora_A.weight} [r, in] and
 * {@code .lora_B.weight} [out, r], of DoRA {@code .lora_magnitude_vector} [out], of tables of
 * embeddings {@code .lora_embedding_A} [r, rows] and {@code .lora_embedding_B} [width, r], whole
 * weights of the layers that {@code modules_to_save} names, and where {@code bias} asks for it
 * biases of the base. Keys of unsaved state ({@code .lora_A.default.weight}, no prefix) are read
 * too.
 *
 * @see <a href="https://huggingface.co/docs/peft">PEFT</a>
 */
public final class PeftReader {
  public static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";

  /** What versions up to 2023 wrote. */
  private static final String PICKLED_WEIGHTS = "adapter_model.bin";

  /** Parts of tensor names that mean more than plain LoRA. */
  private record Unsupported(String part, String reason) {}

  private static final List<Unsupported> UNSUPPORTED =
      List.of(
          new Unsupported("token_adapter.", "rows of the embedding are replaced"),
          new Unsupported("trainable_tokens", "rows of the embedding are replaced"),
          new Unsupported("prompt_embeddings", "the configuration says nothing of virtual tokens"),
          new Unsupported(
              "modules_to_save.", "it is of another adapter than the one that is called default"));

  private PeftReader() {}

  /** Whether a directory is in this format. */
  public static boolean recognises(Path directory) {
    return Files.isRegularFile(directory.resolve(CONFIG));
  }

  /**
   * Opens the weights; the caller closes them.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link PeftError#NO_WEIGHTS} or an error of
   *     their format
   */
  public static Checkpoint open(Path directory) {
    return Checkpoint.open(
        Stream.of(WEIGHTS, PICKLED_WEIGHTS)
            .map(directory::resolve)
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(() -> PeftError.NO_WEIGHTS.at(directory, WEIGHTS)));
  }

  /**
   * Reads the adapter; its tensors are those of {@code weights}.
   *
   * @param alpha what the user gave for files that do not hold it
   * @throws org.m4fw.base.problem.ProblemException with a {@link PeftError}, {@link
   *     org.m4fw.adapter.lora.LoraError} or {@link JsonError}
   */
  public static LoraAdapter read(Path directory, Checkpoint weights, OptionalDouble alpha) {
    Fields config = StrictJson.readObject(directory.resolve(CONFIG));
    PeftDeclaration declared = PeftDeclaration.read(config, alpha);
    Path file =
        weights.tensors().isEmpty()
            ? directory.resolve(WEIGHTS)
            : weights.tensors().firstEntry().getValue().extent().file();
    boolean dora = declared.dora();
    LoraAssembly assembly = new LoraAssembly(file, dora);
    Replaced saved =
        new Replaced(config.strings("modules_to_save"), !PeftSettings.bias(config).equals("none"));
    for (Tensor tensor : weights.tensors().values()) {
      if (!tensor.name().contains(".original_module.")) {
        add(file, assembly, tensor, dora, saved);
      }
    }
    return assembly.adapter(declared.scaling(), config.file(), declared::of);
  }

  /**
   * What may be replaced.
   *
   * @param modules by the ends of their paths
   * @param biases whether biases were trained too
   */
  private record Replaced(List<String> modules, boolean biases) {
    boolean holds(String layer, String bare) {
      return (biases && bare.endsWith(".bias"))
          || modules.stream().anyMatch(module -> ("." + layer).endsWith("." + module));
    }
  }

  private static void add(
      Path file, LoraAssembly assembly, Tensor tensor, boolean dora, Replaced saved) {
    String name = tensor.name().replace(".modules_to_save.default.", ".");
    for (Unsupported unsupported : UNSUPPORTED) {
      if (name.contains(unsupported.part())) {
        throw PeftError.UNSUPPORTED_TENSOR.at(file, name, unsupported.reason());
      }
    }
    String bare = LoraKey.bare(name);
    Optional<LoraKey> key = LoraKey.parse(bare);
    boolean fresh =
        key.isPresent()
            ? add(file, assembly, key.get(), tensor, dora)
            : addWhole(file, assembly, bare, tensor, saved);
    if (!fresh) {
      throw PeftError.DUPLICATE_TENSOR.at(
          file, tensor.name(), key.map(LoraKey::layer).orElse(bare));
    }
  }

  private static boolean add(
      Path file, LoraAssembly assembly, LoraKey key, Tensor tensor, boolean dora) {
    return switch (key.part()) {
      case DOWN -> assembly.addDown(key.layer(), tensor);
      case UP -> assembly.addUp(key.layer(), tensor);
      case MAGNITUDE -> {
        if (!dora) {
          throw PeftError.UNSUPPORTED_TENSOR.at(
              file, tensor.name(), "it is of DoRA, which the configuration does not ask for");
        }
        yield assembly.addMagnitude(key.layer(), tensor);
      }
      case BIAS -> {
        if (dora) {
          throw PeftError.UNSUPPORTED_TENSOR.at(
              file, tensor.name(), "a bias of the branch under the scales of DoRA");
        }
        yield assembly.addBias(key.layer(), tensor);
      }
      case TABLE_DOWN, TABLE_UP -> {
        if (dora) {
          throw PeftError.UNSUPPORTED_TENSOR.at(
              file, tensor.name(), "DoRA of a table of embeddings, which would scale all of it");
        }
        assembly.addTable(key.layer());
        yield key.part() == LoraKey.Part.TABLE_DOWN
            ? assembly.addDown(key.layer(), tensor)
            : assembly.addUp(key.layer(), tensor);
      }
    };
  }

  /** Weights of layers that {@code modules_to_save} names, and biases where these were trained. */
  private static boolean addWhole(
      Path file, LoraAssembly assembly, String bare, Tensor tensor, Replaced saved) {
    int dot = bare.lastIndexOf('.');
    String layer = dot < 0 ? "" : bare.substring(0, dot);
    if (dot < 0 || !(bare.endsWith(".weight") || bare.endsWith(".bias"))) {
      throw PeftError.UNKNOWN_TENSOR.at(file, tensor.name());
    }
    if (!saved.holds(layer, bare)) {
      throw PeftError.UNSUPPORTED_TENSOR.at(
          file,
          tensor.name(),
          "a whole layer of the base is replaced that modules_to_save does not name");
    }
    return assembly.addReplaced(bare, tensor);
  }
}
