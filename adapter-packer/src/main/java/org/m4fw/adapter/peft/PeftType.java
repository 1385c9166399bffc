package org.m4fw.adapter.peft;

import java.nio.file.Path;
import java.util.Arrays;
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

  static PeftType of(Fields config) {
    String name = config.string("peft_type");
    for (PeftType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw unsupported(config, name, values());
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
