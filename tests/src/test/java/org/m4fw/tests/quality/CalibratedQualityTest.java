package org.m4fw.tests.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.budget.Allotment;
import org.m4fw.quantizer.budget.Budget;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.method.MethodChoice;
import org.m4fw.targets.Targets;

/** What calibration and mixed precision are worth on the trained model of the example. */
final class CalibratedQualityTest {
  private static final Path KJV =
      Path.of(System.getProperty("m4fw.root", "..")).resolve("examples/kjv");
  private static final Checkpoint CHECKPOINT = Checkpoint.open(KJV.resolve("kjv-llama"));
  private static final Model MODEL = ModelImporter.importModel(CHECKPOINT);
  private static final WeightStore STORE = WeightStore.temporary(WeightEncoder.create());
  private static final CalibrationData DATA =
      CalibrationData.open(KJV.resolve("calib/tokens.json"));

  @AfterAll
  static void close() {
    DATA.close();
    STORE.close();
    CHECKPOINT.close();
  }

  private static CompiledModel compile(TargetModel.Quantization quantization) {
    CompiledModel decoder =
        TargetModel.make("kjv", MODEL, Targets.find("host"), quantization, STORE, Progress.silent())
            .parts()
            .get(Model.DECODER);
    if (decoder == null) {
      throw new AssertionError("no decoder");
    }
    return decoder;
  }

  private static Evaluation evaluate(TargetModel.Quantization quantization) {
    CompiledModel plain = compile(TargetModel.Quantization.of(Optional.empty()));
    try (Decoder original = Decoder.open("original", plain, Optional.empty());
        Decoder quantized = Decoder.open("quantized", compile(quantization), Optional.empty())) {
      return Evaluation.of(
          quantized,
          Optional.of(original),
          TokenFile.read(KJV.resolve("eval/kjv_val.json")),
          Progress.silent());
    }
  }

  private static double kl(Evaluation evaluation) {
    return evaluation.comparison().orElseThrow().kl();
  }

  private static TargetModel.Quantization automatic(String id) {
    Optional<Scheme> scheme = Optional.of(Scheme.parse("--scheme", id));
    MethodChoice method = MethodChoice.of("", "", "auto", scheme, Optional.of(DATA));
    assertEquals("gptq", method.method().id());
    return new TargetModel.Quantization(
        scheme, Overrides.none(), method, Optional.empty(), Optional.empty());
  }

  /** Limits a tenth above what was measured, as other processors round sums differently. */
  @ParameterizedTest
  @CsvSource({"int4, 0.0048", "int4-g64, 0.0065"})
  void calibrationHalvesWhatRoundingCosts(String scheme, double divergence) {
    double kl = kl(evaluate(automatic(scheme)));
    assertTrue(kl <= divergence, () -> scheme + " costs " + kl);
  }

  @Test
  void bitsGivenWhereTheyCountCostLessThanTheSameForAll() {
    Optional<Scheme> blocksOf64 = Optional.of(Scheme.parse("--scheme", "int4-g64"));
    Evaluation uniform = evaluate(TargetModel.Quantization.of(blocksOf64));
    for (Optional<CalibrationData> data :
        java.util.List.of(Optional.of(DATA), Optional.<CalibrationData>empty())) {
      Evaluation mixed =
          evaluate(
              new TargetModel.Quantization(
                  blocksOf64,
                  Overrides.none(),
                  MethodChoice.roundToNearest(),
                  Optional.of(new Allotment(new Budget.Bits(4.25), data)),
                  Optional.empty()));
      assertTrue(kl(mixed) < kl(uniform), () -> kl(mixed) + " against " + kl(uniform));
    }
  }
}
