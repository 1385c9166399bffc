package org.m4fw.quantizer.calibration;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ejml.data.DMatrixRMaj;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.host.Component;
import org.m4fw.targets.Target;

/**
 * Sums of products aᵀ·b over positions. ONNX Runtime multiplies some positions at a time in
 * float32; those sums are added up in float64.
 */
final class Products implements AutoCloseable {
  /** Positions that are summed up in float32. */
  private static final int PANEL = 1024;

  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Component component;

  private Products(Component component) {
    this.component = component;
  }

  static Products open(Target target) {
    GraphBuilder builder = new GraphBuilder();
    for (String name : List.of("a", "b")) {
      builder.input(port(name, "positions", name + ".width"));
    }
    String transposed =
        builder.node(
            "transposed",
            Operator.Primitive.of(
                "", "Transpose", Map.of("perm", new Operator.Attribute.Ints(List.of(1L, 0L)))),
            "a");
    builder.node("product", Operator.Primitive.of("MatMul"), transposed, "b");
    builder.output(port("product", "a.width", "b.width"));
    Graph graph = builder.build("product", Optional.empty(), SpecialTokens.none());
    QuantizedGraph plain =
        new QuantizedGraph(Legalizer.legalize(graph, target, AdapterInputs.NONE), new TreeMap<>());
    return new Products(Component.open("product", OnnxCompiler.compile("product", plain)));
  }

  private static Port port(String name, String rows, String columns) {
    return new Port(
        name, ElementType.FLOAT32, List.of(Port.symbolic(rows), Port.symbolic(columns)));
  }

  /**
   * Adds aᵀ·b to a sum, for some of the columns of both.
   *
   * @param a F32 [..., K]
   * @param b F32 of the same shape
   * @param first the first of the columns
   * @param sum [columns, columns]
   * @return the number of positions
   */
  long add(Tensor a, Tensor b, int first, DMatrixRMaj sum) {
    int columns = sum.getNumRows();
    long positions = a.shape().count() / a.shape().dim(a.shape().rank() - 1);
    for (long position = 0; position < positions; position += PANEL) {
      int count = (int) Math.min(PANEL, positions - position);
      try (Arena arena = Arena.ofConfined()) {
        Map<String, Tensor> inputs =
            Map.of(
                "a", panel("a", a, position, count, first, columns, arena),
                "b", panel("b", b, position, count, first, columns, arena));
        Tensor product = component.run("product", new TreeMap<>(inputs), arena).getFirst();
        MemorySegment values = product.data();
        for (int i = 0; i < sum.data.length; i++) {
          sum.data[i] += values.get(F32, 4L * i);
        }
      }
    }
    return positions;
  }

  private static Tensor panel(
      String name, Tensor x, long position, int count, int first, int columns, Arena arena) {
    long width = x.shape().dim(x.shape().rank() - 1);
    long row = Float.BYTES * width;
    long bytes = (long) Float.BYTES * columns;
    MemorySegment rows = x.data().asSlice(position * row, count * row);
    MemorySegment panel = rows;
    if (columns < width) {
      panel = arena.allocate(count * bytes, Float.BYTES);
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(rows, i * row + (long) Float.BYTES * first, panel, i * bytes, bytes);
      }
    }
    return new Tensor(name, x.dtype(), Shape.of(count, columns), x.extent(), panel);
  }

  @Override
  public void close() {
    component.close();
  }
}
