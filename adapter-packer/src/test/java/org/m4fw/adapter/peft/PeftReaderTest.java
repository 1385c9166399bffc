package org.m4fw.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.torch.TorchError;
import org.m4fw.graph.ir.AttachmentPoint;

class PeftReaderTest {
  @TempDir Path path;
  private PeftDirectory directory;

  @BeforeEach
  void plainAdapter() {
    directory = new PeftDirectory(path);
  }

  @Test
  void plainAdapterIsRead() {
    LoraAdapter adapter = directory.read();
    assertEquals(1, adapter.pairs().size());
    assertEquals(
        new AttachmentPoint(PeftDirectory.LAYER, 3, 2), adapter.pairs().getFirst().point());
    assertEquals(4, adapter.pairs().getFirst().alpha());
    assertEquals(10, adapter.parameters());
  }

  @Test
  void keysOfUnsavedStateAreRead() {
    directory.without(PeftDirectory.A).without(PeftDirectory.B);
    directory.tensor("layer.lora_A.default.weight", Shape.of(2, 1), 1, 1);
    directory.tensor("layer.lora_B.default.weight", Shape.of(1, 2), 1, 1);
    assertEquals("layer", directory.read().pairs().getFirst().point().name());
  }

  @Test
  void rankStabilisedScalingIsRead() {
    directory.setting("use_rslora", "true");
    LoraAdapter adapter = directory.read();
    assertEquals(LoraScaling.ALPHA_OVER_ROOT_RANK, adapter.scaling());
    assertEquals(4 / Math.sqrt(2), adapter.inputs().get(1).factor());
  }

  private static final String MAGNITUDE =
      "base_model.model." + PeftDirectory.LAYER + ".lora_magnitude_vector";

  @Test
  void magnitudesOfDoraAreRead() {
    directory.setting("use_dora", "true").tensor(MAGNITUDE, Shape.of(2), 1, 2);
    assertEquals(
        Shape.of(2),
        directory.read().pairs().getFirst().magnitude().map(Tensor::shape).orElseThrow());
  }

  @Test
  void magnitudesWithoutDoraAreRejected() {
    directory.tensor(MAGNITUDE, Shape.of(2), 1, 2);
    directory.refused(PeftError.UNSUPPORTED_TENSOR, MAGNITUDE);
  }

  @Test
  void layerWithoutItsMagnitudeIsRejected() {
    directory.setting("use_dora", "true").layer("other", 2).tensor(MAGNITUDE, Shape.of(2), 1, 2);
    directory.refused(LoraError.MISSING_MAGNITUDE, "other");
  }

  @Test
  void doraWithoutAnyMagnitudeIsRejected() {
    directory.setting("use_dora", "true");
    directory.refused(LoraError.MISSING_MAGNITUDE, PeftDirectory.LAYER);
  }

  @Test
  void magnitudeOfAnotherLengthIsRejected() {
    directory.setting("use_dora", "true").tensor(MAGNITUDE, Shape.of(3), 1, 2, 3);
    directory.refused(LoraError.WRONG_MAGNITUDE, MAGNITUDE);
  }

  @Test
  void magnitudeThatIsNoNumberIsRejected() {
    directory.setting("use_dora", "true").tensor(MAGNITUDE, Shape.of(2), 1, Float.NaN);
    directory.refused(LoraError.NOT_FINITE, MAGNITUDE);
  }

  @Test
  void replacedModulesAreRead() {
    directory.setting("modules_to_save", "[\"lm_head\"]");
    directory.tensor("base_model.model.lm_head.weight", Shape.of(1, 2), 1, 2);
    assertEquals(Set.of("lm_head.weight"), directory.read().replaced().keySet());
  }

  @Test
  void replacedModulesOfUnsavedStateAreRead() {
    directory.setting("modules_to_save", "[\"lm_head\"]");
    directory.tensor("lm_head.modules_to_save.default.weight", Shape.of(1, 2), 1, 2);
    directory.tensor("lm_head.original_module.weight", Shape.of(1, 2), 3, 4);
    assertEquals(Set.of("lm_head.weight"), directory.read().replaced().keySet());
  }

  @Test
  void replacedModuleThatIsNoNumberIsRejected() {
    directory.setting("modules_to_save", "[\"norm\"]");
    directory.tensor("base_model.model.model.norm.weight", Shape.of(2), 1, Float.NaN);
    directory.refused(LoraError.NOT_FINITE, "base_model.model.model.norm.weight");
  }

  @Test
  void trainedBiasesAreReadWhereTheConfigurationAsksForThem() {
    directory.setting("bias", "\"lora_only\"");
    directory.tensor("base_model.model." + PeftDirectory.LAYER + ".bias", Shape.of(2), 1, 2);
    assertEquals(Set.of(PeftDirectory.LAYER + ".bias"), directory.read().replaced().keySet());
  }

  @Test
  void trainedBiasesThatNobodyAskedForAreRejected() {
    tensorIsRejected(
        PeftError.UNSUPPORTED_TENSOR, "base_model.model." + PeftDirectory.LAYER + ".bias");
  }

  @Test
  void biasOfTheBranchIsRead() {
    directory.setting("lora_bias", "true");
    directory.tensor("base_model.model." + PeftDirectory.LAYER + ".lora_B.bias", Shape.of(2), 1, 2);
    assertEquals(1, directory.read().extras().biases().size());
  }

  @Test
  void biasOfTheBranchOfAnotherLengthIsRejected() {
    String name = "base_model.model." + PeftDirectory.LAYER + ".lora_B.bias";
    directory.tensor(name, Shape.of(3), 1, 2, 3);
    directory.refused(LoraError.WRONG_BIAS, name);
  }

  @Test
  void biasOfTheBranchUnderScalesIsRejected() {
    directory.setting("use_dora", "true").tensor(MAGNITUDE, Shape.of(2), 1, 2);
    tensorIsRejected(
        PeftError.UNSUPPORTED_TENSOR, "base_model.model." + PeftDirectory.LAYER + ".lora_B.bias");
  }

  private void tensorIsRejected(ErrorCode code, String name) {
    directory.tensor(name, Shape.of(1), 1);
    directory.refused(code, name);
  }

  @Test
  void matricesOfTablesAreRead() {
    String table = "base_model.model.model.embed_tokens.lora_embedding_";
    directory.tensor(table + "A", Shape.of(2, 5), new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    directory.tensor(table + "B.default", Shape.of(3, 2), 1, 1, 1, 1, 1, 1);
    LoraPair pair = directory.read().pairs().getFirst();
    assertEquals("model.embed_tokens", pair.point().name());
    assertEquals(5, pair.point().in());
    assertTrue(pair.table());
  }

  @Test
  void untrainedTableGivesAWarning() {
    String table = "base_model.model.model.embed_tokens.lora_embedding_";
    directory.tensor(table + "A", Shape.of(2, 5), new float[10]);
    directory.tensor(table + "B", Shape.of(3, 2), 1, 1, 1, 1, 1, 1);
    assertEquals(1, directory.read().warnings().size());
  }

  @Test
  void scaledTablesAreRejected() {
    directory.setting("use_dora", "true").tensor(MAGNITUDE, Shape.of(2), 1, 2);
    tensorIsRejected(PeftError.UNSUPPORTED_TENSOR, "base_model.model.x.lora_embedding_A");
  }

  @Test
  void biasWithoutItsBranchIsRejected() {
    directory.tensor("base_model.model.x.lora_B.bias", Shape.of(1), 1);
    directory.refused(LoraError.MISSING_PARTNER, "x");
  }

  @Test
  void replacedLayerIsRejected() {
    tensorIsRejected(PeftError.UNSUPPORTED_TENSOR, "base_model.model.lm_head.weight");
  }

  @Test
  void trainedTokensAreRejected() {
    tensorIsRejected(
        PeftError.UNSUPPORTED_TENSOR,
        "base_model.model.embed_tokens.token_adapter.trainable_tokens_delta");
  }

  @Test
  void promptEmbeddingsAreRejected() {
    tensorIsRejected(PeftError.UNSUPPORTED_TENSOR, "prompt_embeddings");
  }

  @Test
  void tensorWithAnUnknownNameIsRejected() {
    tensorIsRejected(PeftError.UNKNOWN_TENSOR, "base_model.model.x.hada_w1_a");
  }

  @Test
  void twoMatricesForOneLayerAreRejected() {
    directory.tensor(PeftDirectory.LAYER + ".lora_A.default.weight", Shape.of(2, 3), new float[6]);
    directory.refused(PeftError.DUPLICATE_TENSOR, PeftDirectory.LAYER + ".lora_A.default.weight");
  }

  @Test
  void missingAlphaIsRejected() {
    directory.without("lora_alpha");
    directory.refused(PeftError.MISSING_ALPHA, "lora_alpha");
  }

  @Test
  void missingAlphaMayBeGiven() {
    directory.without("lora_alpha");
    assertEquals(6, directory.read(OptionalDouble.of(6)).pairs().getFirst().alpha());
  }

  @Test
  void alphaThatContradictsTheFileIsRejected() {
    Problem problem =
        assertThrows(ProblemException.class, () -> directory.read(OptionalDouble.of(6))).problem();
    assertEquals(PeftError.ALPHA_CONFLICT, problem.code());
  }

  @Test
  void alphaOfZeroIsRejected() {
    directory.setting("lora_alpha", "0");
    directory.refused(LoraError.BAD_ALPHA, PeftDirectory.LAYER);
  }

  @Test
  void negativeAlphaIsRejected() {
    directory.setting("lora_alpha", "-1");
    directory.refused(LoraError.BAD_ALPHA, PeftDirectory.LAYER);
  }

  @Test
  void absurdAlphaIsRejected() {
    directory.setting("lora_alpha", "1e30");
    directory.refused(LoraError.BAD_ALPHA, PeftDirectory.LAYER);
  }

  @Test
  void alphaThatIsNotFiniteIsRejected() {
    directory.setting("lora_alpha", "1e999");
    directory.refused(JsonError.WRONG_TYPE, "lora_alpha");
  }

  @Test
  void rankOfZeroInTheConfigurationIsRejected() {
    directory.setting("r", "0");
    directory.refused(JsonError.OUT_OF_RANGE, "r");
  }

  @Test
  void rankOfZeroInTheFileIsRejected() {
    directory.tensor(PeftDirectory.A, Shape.of(0, 3)).tensor(PeftDirectory.B, Shape.of(2, 0));
    directory.refused(LoraError.RANK_ZERO, PeftDirectory.A);
  }

  @Test
  void rankAboveTheLimitIsRejected() {
    directory.tensor(PeftDirectory.A, Shape.of(1025, 1), new float[1025]);
    directory.refused(LoraError.RANK_TOO_LARGE, PeftDirectory.A);
  }

  @Test
  void rankThatContradictsTheConfigurationIsRejected() {
    directory.setting("r", "3");
    directory.refused(LoraError.RANK_MISMATCH, PeftDirectory.A);
  }

  @Test
  void matricesOfDifferentRanksAreRejected() {
    directory.tensor(PeftDirectory.B, Shape.of(2, 3), new float[6]);
    directory.refused(LoraError.RANK_MISMATCH, PeftDirectory.B);
  }

  @Test
  void matrixWithoutPartnerIsRejected() {
    directory.without(PeftDirectory.B);
    assertTrue(
        directory
            .refused(LoraError.MISSING_PARTNER, PeftDirectory.LAYER)
            .message()
            .contains("no lora_B"));
  }

  @Test
  void convolutionWithoutAKernelOnBothSidesIsRejected() {
    directory.tensor(PeftDirectory.A, Shape.of(2, 3, 1, 1), new float[6]);
    directory.refused(LoraError.NOT_A_MATRIX, PeftDirectory.A);
  }

  @Test
  void convolutionIsRead() {
    directory.tensor(PeftDirectory.A, Shape.of(2, 1, 1, 3), 1, 2, 3, 4, 5, 6);
    directory.tensor(PeftDirectory.B, Shape.of(2, 2, 1, 1), 1, 2, 3, 4);
    assertEquals(PeftDirectory.LAYER, directory.read().extras().layer());
  }

  @Test
  void convolutionOfAnotherRankIsRejected() {
    directory.tensor(PeftDirectory.A, Shape.of(2, 1, 1, 3), 1, 2, 3, 4, 5, 6);
    directory.tensor(PeftDirectory.B, Shape.of(2, 3, 1, 1), 1, 2, 3, 4, 5, 6);
    directory.refused(LoraError.RANK_MISMATCH, PeftDirectory.B);
  }

  @Test
  void integersAreRejected() {
    directory.bytes(PeftDirectory.B, DType.I8, Shape.of(2, 2), new byte[4]);
    directory.refused(LoraError.NOT_FLOAT, PeftDirectory.B);
  }

  @Test
  void notANumberIsRejectedWithItsPlace() {
    directory.tensor(PeftDirectory.A, Shape.of(2, 3), 1, 2, 3, 4, Float.NaN, 6);
    assertTrue(
        directory
            .refused(LoraError.NOT_FINITE, PeftDirectory.A)
            .message()
            .startsWith("element 4 (row 1, column 1) is NaN"));
  }

  @Test
  void infinityIsRejected() {
    directory.tensor(PeftDirectory.B, Shape.of(2, 2), 1, 2, Float.NEGATIVE_INFINITY, 4);
    directory.refused(LoraError.NOT_FINITE, PeftDirectory.B);
  }

  @Test
  void fileWithoutMatricesIsRejected() {
    directory.without(PeftDirectory.A).without(PeftDirectory.B);
    directory.refused(LoraError.NO_PAIRS, "");
  }

  @Test
  void untrainedAdapterGivesAWarning() {
    directory.tensor(PeftDirectory.B, Shape.of(2, 2), new float[4]);
    assertEquals(
        List.of("1 of 1 B matrices are all zero: they have no effect; the adapter looks untrained"),
        directory.read().warnings());
  }

  @Test
  void directoryWithoutWeightsIsRejected() {
    Problem problem =
        assertThrows(ProblemException.class, () -> PeftReader.open(path).close()).problem();
    assertEquals(PeftError.NO_WEIGHTS, problem.code());
  }

  @Test
  void damagedPickledWeightsAreRejected() throws IOException {
    Files.write(path.resolve("adapter_model.bin"), new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0, 0});
    Problem problem =
        assertThrows(ProblemException.class, () -> PeftReader.open(path).close()).problem();
    assertEquals(TorchError.ZIP_END, problem.code());
  }
}
