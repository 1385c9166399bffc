package org.m4fw.adapter.pack;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.json.Fields;

/**
 * The method in a package's manifest: {@code {"kind":"lora"|"dora","scaling":"alpha/r"}} or {@code
 * {"kind":"prompt-tuning"|"prefix-tuning","numbers":N,"tokens":N}}.
 */
final class PackageMethodJson {
  private static final long MAX_TOKENS = 1 << 16;
  private static final long MAX_NUMBERS = 1L << 31;

  private PackageMethodJson() {}

  static Map<String, Object> fields(PackageMethod method) {
    return switch (method) {
      case PackageMethod.LowRank lowRank ->
          Map.of("kind", method.kind().id(), "scaling", lowRank.scaling().id());
      case PackageMethod.Virtual virtual ->
          Map.of(
              "kind", method.kind().id(), "numbers", virtual.numbers(), "tokens", virtual.tokens());
    };
  }

  static PackageMethod read(Fields fields) {
    PackageMethod.Kind kind =
        PackageContentJson.parsed(
            fields, "kind", PackageMethod.Kind::of, "lora, dora, prompt-tuning or prefix-tuning");
    return switch (kind) {
      case LORA, DORA -> {
        fields.allowOnly("kind", "scaling");
        yield new PackageMethod.LowRank(
            PackageContentJson.parsed(
                fields, "scaling", PackageMethodJson::scaling, "alpha/r or alpha/sqrt(r)"),
            kind == PackageMethod.Kind.DORA);
      }
      case PROMPT_TUNING -> virtual(fields, SoftPrompt.Kind.VECTORS);
      case PREFIX_TUNING -> virtual(fields, SoftPrompt.Kind.CACHE);
    };
  }

  private static PackageMethod virtual(Fields fields, SoftPrompt.Kind kind) {
    fields.allowOnly("kind", "numbers", "tokens");
    return new PackageMethod.Virtual(
        kind, fields.integer("tokens", 1, MAX_TOKENS), fields.integer("numbers", 1, MAX_NUMBERS));
  }

  private static Optional<LoraScaling> scaling(String text) {
    return Arrays.stream(LoraScaling.values())
        .filter(scaling -> scaling.id().equals(text))
        .findFirst();
  }
}
