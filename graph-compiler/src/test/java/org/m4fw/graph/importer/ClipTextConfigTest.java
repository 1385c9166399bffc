package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.JsonError;
import org.m4fw.graph.ir.Operator.Gelu;

final class ClipTextConfigTest {
  @Test
  void emptyConfigurationHasTheOriginalsDefaults() {
    assertEquals(
        new ClipTextConfig(49_408, 512, 2048, 12, 8, 77, Gelu.Kind.QUICK, 1e-5, 49_407),
        ClipTextConfig.read(Configs.of("{}")));
  }

  @ParameterizedTest
  @CsvSource({"quick_gelu, QUICK", "gelu, ERF", "gelu_pytorch_tanh, TANH", "gelu_new, TANH"})
  void activationIsRead(String name, Gelu.Kind kind) {
    String json = "{'hidden_act': '%s'}".formatted(name);
    assertEquals(kind, ClipTextConfig.read(Configs.of(json)).activation());
  }

  @Test
  void unknownActivationIsRefused() {
    Configs.refused(
        ClipTextConfig::read,
        "{'hidden_act': 'relu'}",
        ImportError.UNSUPPORTED_OPTION,
        "hidden_act");
  }

  @Test
  void headsThatDoNotDivideAreRefused() {
    Configs.refused(
        ClipTextConfig::read,
        "{'num_attention_heads': 7}",
        ImportError.INCONSISTENT,
        "num_attention_heads");
  }

  @Test
  void noLayersAreRefused() {
    Configs.refused(
        ClipTextConfig::read,
        "{'num_hidden_layers': 0}",
        JsonError.OUT_OF_RANGE,
        "num_hidden_layers");
  }
}
