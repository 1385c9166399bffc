package org.m4fw.adapter.peft;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import tools.jackson.databind.JsonNode;

/**
 * Refuses every setting of {@code adapter_config.json} that changes the arithmetic in a way that is
 * not supported. New versions of PEFT add fields: one that is null, false or empty is off.
 */
final class PeftSettings {
  /** Read elsewhere, or of no effect on a trained adapter. */
  private static final Set<String> HARMLESS =
      Set.of(
          "auto_mapping",
          "base_model_name_or_path",
          "exclude_modules",
          "inference_mode",
          "layers_pattern",
          "layers_to_transform",
          "lora_alpha",
          "lora_bias",
          "lora_dropout",
          "megatron_core",
          "modules_to_save",
          "peft_type",
          "peft_version",
          "qalora_group_size",
          "r",
          "rank_pattern",
          "alpha_pattern",
          "revision",
          "runtime_config",
          "target_modules",
          "task_type",
          "use_dora",
          "use_rslora");

  /** Known settings that are refused when they are on, and why. */
  private static final Map<String, String> UNSUPPORTED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("alora_invocation_tokens", "the adapter acts only after certain tokens"),
              Map.entry("arrow_config", "several adapters are routed between"),
              Map.entry("corda_config", "the base weights were changed too"),
              Map.entry("ensure_weight_tying", "tied weights are replaced"),
              Map.entry("eva_config", "the base weights may have been changed too"),
              Map.entry("fan_in_fan_out", "the base weights are stored transposed"),
              Map.entry("kasa_config", "the low-rank product has a diagonal between its matrices"),
              Map.entry("layer_replication", "layers of the base are repeated"),
              Map.entry("loftq_config", "the base weights were changed too"),
              Map.entry("lora_ga_config", "the base weights were changed too"),
              Map.entry("megatron_config", "the layers are split between machines"),
              Map.entry("monteclora_config", "the matrices are sampled"),
              Map.entry("target_parameters", "parameters of expert layers are adapted"),
              Map.entry("trainable_token_indices", "rows of the embedding are replaced"),
              Map.entry("use_bdlora", "the matrices are block-diagonal"),
              Map.entry("use_qalora", "the input is pooled before the branch"),
              Map.entry("velora_config", "the activations are compressed")));

  private PeftSettings() {}

  /** Checks all fields of a LoRA configuration in alphabetical order. */
  static void check(Fields config) {
    for (String name : config.names()) {
      switch (name) {
        case "bias" -> bias(config);
        case "init_lora_weights" -> requireInitialisation(config);
        default -> requireOff(config, name);
      }
    }
  }

  private static void requireOff(Fields config, String name) {
    JsonNode value = config.node().path(name);
    if (HARMLESS.contains(name) || isOff(value)) {
      return;
    }
    String reason = UNSUPPORTED.getOrDefault(name, "");
    String shown = shorten(value);
    throw reason.isEmpty()
        ? PeftError.UNKNOWN_SETTING.at(config.file(), name, shown)
        : PeftError.UNSUPPORTED_SETTING.at(config.file(), name, shown, reason);
  }

  /** Which biases of the base were trained too: {@code none}, {@code all} or {@code lora_only}. */
  static String bias(Fields config) {
    String bias = config.optionalString("bias").orElse("none");
    if (!List.of("none", "all", "lora_only").contains(bias)) {
      throw PeftError.UNKNOWN_SETTING.at(config.file(), "bias", bias);
    }
    return bias;
  }

  /** Random initialisations leave no trace; others start from a changed base. */
  private static void requireInitialisation(Fields config) {
    JsonNode value = config.node().path("init_lora_weights");
    boolean random =
        value.isBoolean()
            || value.isNull()
            || (value.isString()
                && List.of("gaussian", "orthogonal").contains(value.stringValue()));
    if (!random) {
      throw PeftError.UNSUPPORTED_SETTING.at(
          config.file(),
          "init_lora_weights",
          shorten(value),
          "this initialisation changes the base weights too");
    }
  }

  static boolean isOff(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isString() && value.stringValue().isEmpty())
        || (value.isContainer() && value.isEmpty());
  }

  static String shorten(JsonNode value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
