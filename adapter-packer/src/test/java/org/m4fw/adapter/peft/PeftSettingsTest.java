package org.m4fw.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.JsonError;

/** Which settings of a configuration are read, and which are refused by name. */
class PeftSettingsTest {
  @TempDir Path path;
  private PeftDirectory directory;

  @BeforeEach
  void plainAdapter() {
    directory = new PeftDirectory(path);
  }

  @Test
  void settingsOfNewerVersionsThatAreOffAreTolerated() {
    directory.setting("future_a", "null").setting("future_b", "false").setting("future_c", "{}");
    directory.setting("future_d", "[]").setting("future_e", "\"\"");
    assertEquals(1, directory.read().pairs().size());
  }

  @Test
  void randomInitialisationIsTolerated() {
    directory.setting("init_lora_weights", "\"gaussian\"");
    assertEquals(1, directory.read().pairs().size());
  }

  @Test
  void unknownSettingThatIsOnIsRejected() {
    directory.setting("use_new_trick", "true");
    directory.refused(PeftError.UNKNOWN_SETTING, "use_new_trick");
  }

  @Test
  void missingTypeIsRejected() {
    directory.without("peft_type");
    directory.refused(JsonError.MISSING_FIELD, "peft_type");
  }

  @Test
  void methodThatNobodyKnowsIsRejected() {
    directory.setting("peft_type", "\"NEW\"");
    assertTrue(
        directory.refused(PeftError.UNSUPPORTED_TYPE, "peft_type").message().contains("NEW"));
  }

  @ParameterizedTest
  @CsvSource({
    "LOHA, by elements",
    "LOKR, Kronecker",
    "OFT, turns",
    "BOFT, butterfly",
    "VERA, random and shared",
    "IA3, scales outputs",
    "ADALORA, diagonal",
    "FOURIERFT, waves",
  })
  void otherMethodsAreRejectedWithTheirReasons(String type, String reason) {
    directory.setting("peft_type", '"' + type + '"');
    String message = directory.refused(PeftError.UNSUPPORTED_METHOD, "peft_type").message();
    assertTrue(message.contains(type) && message.contains(reason), message);
  }

  private void settingIsRejected(String name, String json) {
    directory.setting(name, json);
    directory.refused(PeftError.UNSUPPORTED_SETTING, name);
  }

  @Test
  void unknownChoiceOfBiasesIsRejected() {
    directory.setting("bias", "\"some\"");
    directory.refused(PeftError.UNKNOWN_SETTING, "bias");
  }

  @Test
  void transposedBaseIsRejected() {
    settingIsRejected("fan_in_fan_out", "true");
  }

  @Test
  void initialisationThatChangesTheBaseIsRejected() {
    settingIsRejected("init_lora_weights", "\"pissa\"");
  }

  @Test
  void trainableTokensAreRejected() {
    settingIsRejected("trainable_token_indices", "[1, 2]");
  }

  @Test
  void targetParametersAreRejected() {
    settingIsRejected("target_parameters", "[\"experts.down\"]");
  }

  @Test
  void activationByTokensIsRejected() {
    settingIsRejected("alora_invocation_tokens", "[7]");
  }

  @Test
  void replicatedLayersAreRejected() {
    settingIsRejected("layer_replication", "[[0, 4]]");
  }

  @Test
  void quantizationAwareGroupsAreRejected() {
    settingIsRejected("use_qalora", "true");
  }
}
