package org.m4fw.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoraAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

class AdaptersTest {
  private static final Path ROOT = Path.of(System.getProperty("m4fw.root"));
  private static final Path GOLDEN = ROOT.resolve("tests/fixtures/goldens/peft-lora");
  private static final Path LICENCE = ROOT.resolve("examples/kjv/kjv-llama-licence-lora");

  @TempDir Path directory;

  private static List<AttachmentPoint> points(int width, int valueWidth) {
    List<AttachmentPoint> points = new ArrayList<>();
    for (int layer = 0; layer < 3; layer++) {
      String name = "model.layers.%d.self_attn.".formatted(layer);
      points.add(new AttachmentPoint(name + "q_proj", width, width));
      points.add(new AttachmentPoint(name + "v_proj", width, valueWidth));
    }
    return points;
  }

  private static Problem refused(ErrorCode code, Path path, List<AttachmentPoint> points) {
    Problem problem =
        assertThrows(ProblemException.class, () -> Adapters.open(path, points).close()).problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  @Test
  void adapterOfPeftIsOpenedWithItsScalingFoldedIn() {
    try (OpenAdapter adapter = Adapters.open(GOLDEN, points(64, 64))) {
      assertEquals("peft-lora", adapter.name());
      assertEquals(4, adapter.lora().rank());
      assertTrue(adapter.warnings().isEmpty());
      LoraInput a = adapter.inputs().get(0);
      LoraInput b = adapter.inputs().get(1);
      assertEquals("model.layers.0.self_attn.q_proj.lora_A.weight", a.name());
      assertEquals(Shape.of(64, 4), a.shape());
      assertEquals("model.layers.0.self_attn.q_proj.lora_B.weight", b.name());
      assertEquals(Shape.of(4, 64), b.shape());
      assertEquals(TensorFloats.all(a.stored())[64 + 5], a.values()[5 * 4 + 1]);
      assertEquals(2 * TensorFloats.all(b.stored())[7 * 4 + 3], b.values()[3 * 64 + 7]);
    }
  }

  @Test
  void trainedAdapterIsOpened() {
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty())) {
      assertEquals(6 * 7, adapter.lora().pairs().size());
      assertEquals(8, adapter.lora().rank());
      assertEquals(2 * 6 * 7, adapter.inputs().size());
    }
  }

  @Test
  void onnxRuntimeLoadsTheAdapterFile() throws OrtException {
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty());
        OrtLoraAdapter loaded = OrtLoraAdapter.create(adapter.onnxAdapter(DType.F32));
        OrtLoraAdapter half = OrtLoraAdapter.create(adapter.onnxAdapter(DType.F16))) {
      assertArrayEquals(adapter.onnxAdapter(DType.F32), adapter.onnxAdapter(DType.F32));
      assertTrue(loaded != half);
    }
  }

  @Test
  void adapterForAnotherWidthIsRejected() {
    assertEquals(
        GOLDEN.resolve("adapter_model.safetensors")
            + ": base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight: has shape [4, 64],"
            + " expected [4, 128], as the layer maps 128 to 128",
        refused(LoraError.WRONG_SHAPE, GOLDEN, points(128, 64)).text());
  }

  @Test
  void adapterForAnotherOutputWidthIsRejected() {
    assertTrue(
        refused(LoraError.WRONG_SHAPE, GOLDEN, points(64, 32))
            .item()
            .endsWith("layers.0.self_attn.v_proj.lora_B.weight"));
  }

  @Test
  void adapterForALayerThatIsNotThereIsRejectedWithNearNames() {
    Problem problem = refused(LoraError.UNKNOWN_POINT, LICENCE, points(192, 64));
    assertEquals("model.layers.0.mlp.down_proj", problem.item());
    assertTrue(problem.message().contains("model.layers.0.self_attn"), problem.message());
  }

  @Test
  void missingPathIsRejected() {
    refused(FileError.NOT_FOUND, directory.resolve("nowhere"), List.of());
  }

  @Test
  void directoryWithoutAnAdapterIsRejected() {
    refused(AdapterError.UNKNOWN_FORMAT, directory, List.of());
  }

  @Test
  void fileThatIsNoPackageIsRejected() {
    refused(AdapterError.UNKNOWN_FORMAT, LICENCE.resolve("adapter_model.safetensors"), List.of());
  }
}
