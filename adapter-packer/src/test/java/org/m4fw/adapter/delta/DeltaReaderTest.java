package org.m4fw.adapter.delta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;

/** Files of trained tensors; what they are stored in makes no difference. */
final class DeltaReaderTest {
  private static final String LIT = "transformer.h.0.attn.c_attn.";
  private static final String PANDA =
      "llama_model.base_model.model.model.layers.0.self_attn.q_proj.";
  private static final OptionalDouble ALPHA = OptionalDouble.of(2);

  @TempDir Path directory;
  private final SortedMap<String, Shape> tensors = new TreeMap<>();

  private static LoraBase base(int heads, int keyValueHeads) {
    return new LoraBase(
        List.of(), new TreeMap<>(), Optional.of(new LoraBase.Heads(heads, keyValueHeads, 4)));
  }

  /** Elements count up from 1 in every tensor. */
  private Checkpoint file() {
    Path path = directory.resolve("delta.safetensors");
    List<TensorInfo> declared =
        tensors.entrySet().stream()
            .map(entry -> new TensorInfo(entry.getKey(), DType.F32, entry.getValue()))
            .toList();
    try (OutputFile file = OutputFile.create(path)) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, declared);
      tensors.forEach(
          (name, shape) -> {
            float[] values = new float[Math.toIntExact(shape.count())];
            for (int i = 0; i < values.length; i++) {
              values[i] = i + 1;
            }
            writer.append(name, MemorySegment.ofArray(values));
          });
      writer.finish();
      file.commit();
    }
    return Checkpoint.open(path);
  }

  private LoraAdapter lit(int heads, int keyValueHeads) {
    try (Checkpoint weights = file()) {
      assertTrue(LitLlamaLora.recognises(weights));
      LoraAdapter adapter = LitLlamaLora.read(weights, ALPHA).over(base(heads, keyValueHeads));
      adapter.inputs().forEach(input -> assertTrue(input.values().length > 0));
      return adapter;
    }
  }

  private LoraAdapter panda() {
    try (Checkpoint weights = file()) {
      assertTrue(PandaGptReader.recognises(weights));
      return PandaGptReader.read(weights, ALPHA);
    }
  }

  private static void refused(ErrorCode code, String item, Runnable action) {
    var problem = assertThrows(ProblemException.class, action::run).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals(item, problem.item(), problem.text());
  }

  private static List<String> points(LoraAdapter adapter) {
    return adapter.pairs().stream().map(pair -> pair.point().name()).toList();
  }

  @Test
  void queryAndValueAreTakenApart() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    tensors.put(LIT + "lora_B", Shape.of(8, 1));
    try (Checkpoint weights = file()) {
      LoraAdapter adapter = LitLlamaLora.read(weights, ALPHA).over(base(1, 1));
      assertEquals(
          List.of("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj"),
          points(adapter));
      LoraPair query = adapter.pairs().get(0);
      LoraPair value = adapter.pairs().get(1);
      assertArrayEquals(new float[] {1, 2, 3}, TensorFloats.all(query.down()));
      assertArrayEquals(new float[] {4, 5, 6}, TensorFloats.all(value.down()));
      assertArrayEquals(new float[] {1, 3, 2, 4}, TensorFloats.all(query.up()));
      assertArrayEquals(new float[] {5, 6, 7, 8}, TensorFloats.all(value.up()));
    }
  }

  @Test
  void keyIsTurnedAsTheQueryIs() {
    tensors.put("model." + LIT + "lora_A", Shape.of(3, 1));
    tensors.put("model." + LIT + "lora_B", Shape.of(12, 1));
    try (Checkpoint weights = file()) {
      LoraPair key = LitLlamaLora.read(weights, ALPHA).over(base(1, 1)).pairs().getFirst();
      assertEquals("model.layers.0.self_attn.k_proj", key.point().name());
      assertArrayEquals(new float[] {5, 7, 6, 8}, TensorFloats.all(key.up()));
    }
  }

  @Test
  void fusedLayersWithoutAlphaAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    try (Checkpoint weights = file()) {
      refused(
          DeltaError.MISSING_ALPHA, "", () -> LitLlamaLora.read(weights, OptionalDouble.empty()));
    }
  }

  @Test
  void fourFusedLayersAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(4, 3));
    tensors.put(LIT + "lora_B", Shape.of(8, 1));
    refused(DeltaError.NOT_FUSED, LIT + "lora_A", () -> lit(1, 1));
  }

  @Test
  void fusedLayersOfAnotherWidthAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    tensors.put(LIT + "lora_B", Shape.of(8, 1));
    refused(DeltaError.WRONG_SHAPE, LIT + "lora_B", () -> lit(2, 2));
  }

  @Test
  void fusedLayersForGroupedQueriesAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    tensors.put(LIT + "lora_B", Shape.of(8, 1));
    refused(DeltaError.GROUPED_HEADS, "", () -> lit(2, 1));
  }

  @Test
  void fusedLayersForAModelThatIsNoDecoderAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    try (Checkpoint weights = file()) {
      LitLlamaLora adapter = LitLlamaLora.read(weights, ALPHA);
      refused(
          DeltaError.NOT_A_DECODER,
          "",
          () -> adapter.over(new LoraBase(List.of(), new TreeMap<>(), Optional.empty())));
    }
  }

  @Test
  void fusedLayersWithoutTheirUpperMatrixAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    refused(DeltaError.NOT_FUSED, LIT + "lora_A", () -> lit(1, 1));
  }

  @Test
  void fusedLayersWithoutTheirLowerMatrixAreRejected() {
    tensors.put(LIT + "lora_B", Shape.of(8, 1));
    refused(LoraError.MISSING_PARTNER, "model.layers.0.self_attn.q_proj", () -> lit(1, 1));
  }

  @Test
  void otherTensorsBesideFusedLayersAreRejected() {
    tensors.put(LIT + "lora_A", Shape.of(2, 3));
    tensors.put("transformer.h.0.attn.gating_factor", Shape.of(1));
    refused(DeltaError.UNKNOWN_TENSOR, "transformer.h.0.attn.gating_factor", () -> lit(1, 1));
  }

  @Test
  void trainedPartOfPandaGptIsRead() {
    tensors.put("module." + PANDA + "lora_A.default.weight", Shape.of(2, 3));
    tensors.put("module." + PANDA + "lora_B.default.weight", Shape.of(4, 2));
    LoraAdapter adapter = panda();
    assertEquals(List.of("model.layers.0.self_attn.q_proj"), points(adapter));
    assertEquals(2, adapter.rank());
    assertEquals(List.of(), adapter.warnings());
  }

  @Test
  void projectionFromTheEncoderIsWorthAWarning() {
    tensors.put(PANDA + "lora_A.default.weight", Shape.of(2, 3));
    tensors.put(PANDA + "lora_B.default.weight", Shape.of(4, 2));
    tensors.put("llama_proj.weight", Shape.of(4, 3));
    tensors.put("llama_proj.bias", Shape.of(4));
    assertEquals(1, panda().warnings().size());
  }

  @Test
  void trainedPartOfPandaGptWithoutAlphaIsRejected() {
    tensors.put(PANDA + "lora_A.default.weight", Shape.of(2, 3));
    try (Checkpoint weights = file()) {
      refused(
          DeltaError.MISSING_ALPHA, "", () -> PandaGptReader.read(weights, OptionalDouble.empty()));
    }
  }

  @Test
  void otherTensorsBesideTheTrainedPartAreRejected() {
    tensors.put(PANDA + "lora_A.default.weight", Shape.of(2, 3));
    tensors.put("visual_encoder.weight", Shape.of(1));
    refused(DeltaError.UNKNOWN_TENSOR, "visual_encoder.weight", this::panda);
  }

  @Test
  void twoMatricesForOneLayerAreRejected() {
    tensors.put(PANDA + "lora_A.default.weight", Shape.of(2, 3));
    tensors.put("module." + PANDA + "lora_A.default.weight", Shape.of(2, 3));
    refused(DeltaError.DUPLICATE_TENSOR, "module." + PANDA + "lora_A.default.weight", this::panda);
  }

  @Test
  void lowerMatrixThatIsNoneIsRejected() {
    tensors.put(PANDA + "lora_A.default.weight", Shape.of(2));
    tensors.put(PANDA + "lora_B.default.weight", Shape.of(4, 2));
    refused(LoraError.NOT_A_MATRIX, PANDA + "lora_A.default.weight", this::panda);
  }
}
