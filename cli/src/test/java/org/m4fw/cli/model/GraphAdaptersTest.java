package org.m4fw.cli.model;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.adapter.lora.GraphInput;
import org.m4fw.adapter.ort.OnnxAdapterError;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.adapter.ort.OnnxAdapterReader;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;

class GraphAdaptersTest {
  private static final String NAME = "layers.0.q.lora_A.weight";

  /** Numbers that come from nowhere. */
  private record Numbers(Shape shape) implements GraphInput {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public float[] values() {
      return new float[Math.toIntExact(shape.count())];
    }

    @Override
    public Tensor stored() {
      throw new IllegalStateException("all of these are representable");
    }
  }

  private static void check(String input, ElementType type, Port.Dim... dims) {
    byte[] file = OnnxAdapterFile.bytes("test", List.of(new Numbers(Shape.of(8, 2))), DType.F16);
    SortedMap<String, Port> inputs = new TreeMap<>();
    inputs.put(input, new Port(input, type, List.of(dims)));
    GraphAdapters.check(
        "decoder", inputs, OnnxAdapterReader.read(Path.of("test"), 0, MemorySegment.ofArray(file)));
  }

  private static void assertRefused(
      OnnxAdapterError code, String input, ElementType type, Port.Dim... dims) {
    ProblemException e = assertThrows(ProblemException.class, () -> check(input, type, dims));
    assertEquals(code, e.problem().code());
  }

  @Test
  void matrixThatTheGraphTakesPasses() {
    assertDoesNotThrow(
        () -> check(NAME, ElementType.FLOAT16, Port.fixed(8), Port.symbolic("rank")));
  }

  @Test
  void nameThatIsNoInputIsRefused() {
    assertRefused(
        OnnxAdapterError.NOT_AN_INPUT,
        "layers.1.q.lora_A.weight",
        ElementType.FLOAT16,
        Port.fixed(8),
        Port.symbolic("rank"));
  }

  @Test
  void otherElementTypeIsRefused() {
    assertRefused(
        OnnxAdapterError.WRONG_INPUT,
        NAME,
        ElementType.FLOAT32,
        Port.fixed(8),
        Port.symbolic("rank"));
  }

  @Test
  void otherWidthIsRefused() {
    assertRefused(
        OnnxAdapterError.WRONG_INPUT,
        NAME,
        ElementType.FLOAT16,
        Port.fixed(9),
        Port.symbolic("rank"));
  }

  @Test
  void otherNumberOfAxesIsRefused() {
    assertRefused(OnnxAdapterError.WRONG_INPUT, NAME, ElementType.FLOAT16, Port.fixed(8));
  }
}
