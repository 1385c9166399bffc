package org.m4fw.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.LayerProbe;

/**
 * The weights of layers as compiled graphs have them, after quantization. No layout is read: rows
 * of the identity are multiplied with the layer, as the graph itself would.
 */
public final class LayerWeights {
  private static final int ROWS = 256;
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String source;
  private final List<CompiledModel> graphs;

  /**
   * Those of some graphs.
   *
   * @param source where they are from, for messages
   */
  public LayerWeights(String source, Collection<CompiledModel> graphs) {
    this.source = source;
    this.graphs = List.copyOf(graphs);
  }

  /** Takes a weight piece by piece. */
  @FunctionalInterface
  public interface Taker {
    /**
     * Takes some of it.
     *
     * @param first the input that the piece begins with
     * @param count how many inputs it covers
     * @param columns [count, out]: the columns of the weight, one after another
     */
    void take(int first, int count, float[] columns);
  }

  /**
   * Reads the weight at an attachment point that is scaled.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link HostError#NO_LAYER}
   */
  public void read(AttachmentPoint point, Taker taker) {
    CompiledModel probe =
        graphs.stream()
            .flatMap(graph -> LayerProbe.of(graph, point).stream())
            .findFirst()
            .orElseThrow(() -> HostError.NO_LAYER.at(source, point.name()));
    int in = Math.toIntExact(point.in());
    try (Component layer = Component.open(source, probe, Optional.empty())) {
      for (int first = 0; first < in; first += ROWS) {
        int count = Math.min(ROWS, in - first);
        try (Arena arena = Arena.ofConfined()) {
          SortedMap<String, Tensor> inputs = new TreeMap<>();
          inputs.put(LayerProbe.INPUT, identity(first, count, in, arena));
          taker.take(first, count, TensorFloats.all(layer.run(source, inputs, arena).getFirst()));
        }
      }
    }
  }

  private static Tensor identity(int first, int count, int width, Arena arena) {
    long size = (long) Float.BYTES * count * width;
    MemorySegment data = arena.allocate(size, 64);
    for (int row = 0; row < count; row++) {
      data.set(F32, Float.BYTES * ((long) row * width + first + row), 1);
    }
    return new Tensor(
        LayerProbe.INPUT,
        DType.F32,
        Shape.of(count, width),
        new Extent(Path.of(LayerProbe.INPUT), 0, size),
        data);
  }
}
