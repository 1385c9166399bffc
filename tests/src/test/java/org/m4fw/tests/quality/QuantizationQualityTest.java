package org.m4fw.tests.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;

/** Against figures that PyTorch computed for the same weights and texts. */
final class QuantizationQualityTest {
  private static final TrainedModel MODEL = new TrainedModel();
  private static final double NLL = TrainedModel.reference("nll_val");

  @AfterAll
  static void close() {
    MODEL.close();
  }

  @Test
  void unquantizedModelPredictsAsTheOriginal() {
    try (Decoder decoder = MODEL.decoder(Optional.empty(), "host", Optional.empty())) {
      assertEquals(NLL, MODEL.evaluate(decoder, Optional.empty(), "kjv_val").nll(), 1e-3);
    }
  }

  /** Limits: the largest relative loss, and the divergence from the unquantized predictions. */
  @ParameterizedTest
  @CsvSource({
    "f16, jetson-orin-nx, 0.0005, 0.00001",
    "int8, host, 0.0005, 0.00013",
    "int8, pixel7pro-cpu, 0.004, 0.0006",
    "int4, host, 0.0025, 0.0101",
    "int4, pixel7pro-cpu, 0.004, 0.0105",
    "int4-g64, jetson-orin-nx, 0.004, 0.0145",
  })
  void quantizationCostsNoMoreThanIsReachable(
      String scheme, String target, double loss, double divergence) {
    try (Decoder original = MODEL.decoder(Optional.empty(), "host", Optional.empty());
        Decoder quantized = MODEL.decoder(Optional.of(scheme), target, Optional.empty())) {
      Evaluation evaluation = MODEL.evaluate(quantized, Optional.of(original), "kjv_val");
      double kl = evaluation.comparison().orElseThrow().kl();
      assertTrue(evaluation.nll() <= NLL * (1 + loss), () -> "nll " + evaluation.nll());
      assertTrue(kl <= divergence, () -> "kl " + kl);
    }
  }

  @Test
  void searchedScalesBeatTheRoundingOfLlamaCpp() {
    Fields divergences = StrictJson.readObject(TrainedModel.REFERENCE).object("kl_to_f32");
    try (Decoder original = MODEL.decoder(Optional.empty(), "host", Optional.empty());
        Decoder reference = MODEL.rounded(new ReferenceRounding());
        Decoder ours = MODEL.decoder(Optional.of("int4"), "host", Optional.empty())) {
      double theirs = kl(reference, original);
      assertEquals(divergences.number("int4_g32_llama_cpp_q4_0_rounding"), theirs, 1e-4);
      assertTrue(kl(ours, original) < theirs);
    }
  }

  private static double kl(Decoder quantized, Decoder original) {
    return MODEL
        .evaluate(quantized, Optional.of(original), "kjv_val")
        .comparison()
        .orElseThrow()
        .kl();
  }

  /** Two models that are each that far from the original can be twice that far from each other. */
  @Test
  void targetsAgreeWithEachOtherWithinWhatQuantizationCosts() {
    try (Decoder cpu = MODEL.decoder(Optional.of("int4"), "pixel7pro-cpu", Optional.empty());
        Decoder jetson = MODEL.decoder(Optional.of("int4"), "jetson-orin-nx", Optional.empty())) {
      double kl =
          MODEL.evaluate(jetson, Optional.of(cpu), "kjv_val").comparison().orElseThrow().kl();
      assertTrue(kl > 0 && kl <= 0.0105 + 0.0145, () -> "kl " + kl);
    }
  }

  @Test
  void adapterGainsAsMuchAsTheOriginalAndKeepsItOnTheQuantizedBase() {
    double before = TrainedModel.reference("nll_licence_val");
    double after = TrainedModel.reference("nll_licence_val_with_lora");
    try (OpenAdapter adapter = MODEL.licenceAdapter()) {
      try (Decoder decoder = MODEL.decoder(Optional.empty(), "host", Optional.of(adapter))) {
        assertEquals(after, MODEL.evaluate(decoder, Optional.empty(), "licence_val").nll(), 1e-3);
      }
      for (String target : new String[] {"host", "pixel7pro-cpu", "jetson-orin-nx"}) {
        try (Decoder plain = MODEL.decoder(Optional.of("int4"), target, Optional.empty());
            Decoder adapted = MODEL.decoder(Optional.of("int4"), target, Optional.of(adapter))) {
          double gain =
              MODEL.evaluate(plain, Optional.empty(), "licence_val").nll()
                  - MODEL.evaluate(adapted, Optional.empty(), "licence_val").nll();
          assertTrue(gain >= 0.95 * (before - after), () -> target + " gains " + gain);
        }
      }
    }
  }
}
