package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.graph.rewrite.Rewrite;
import org.m4fw.targets.Targets;

/** A graph that a test makes, and runs before and after a rewrite on random numbers. */
final class RewrittenGraph {
  private final GraphBuilder graph = new GraphBuilder();
  private final Random random = new Random(3);

  /** What it is made with. */
  GraphBuilder builder() {
    return graph;
  }

  void input(String name, long... dims) {
    graph.input(
        new Port(
            name,
            ElementType.FLOAT32,
            java.util.stream.LongStream.of(dims).mapToObj(Port::fixed).toList()));
  }

  void op(String type, Map<String, Attribute> attributes, String y, String... inputs) {
    graph.node(y, Primitive.of("", type, attributes), inputs);
  }

  static Attribute integer(long value) {
    return new Attribute.Int(value);
  }

  static Attribute ints(Integer... values) {
    return new Attribute.Ints(List.of(values).stream().map(Integer::longValue).toList());
  }

  String shape(long... dims) {
    return graph.literal("shape" + java.util.Arrays.toString(dims), Literal.int64(dims));
  }

  String number(String name, float value) {
    return graph.literal(name, Literal.real(ElementType.FLOAT32, Shape.of(), value));
  }

  String real(String name, long... dims) {
    float[] values = new float[Math.toIntExact(Shape.of(dims).count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return graph.literal(name, Literal.real(ElementType.FLOAT32, Shape.of(dims), values));
  }

  FixedGraph bound(String... outputs) {
    for (String output : outputs) {
      graph.output(new Port(output, ElementType.FLOAT32, List.of()));
    }
    return SizeBinding.bind(
        "test", graph.build("test", Optional.empty(), SpecialTokens.none()), Map.of());
  }

  /** The graph after the pass, which gives the same and has none of these operators. */
  FixedGraph same(Rewrite pass, Set<String> gone, String... outputs) {
    return close(pass, gone, 2e-6, outputs);
  }

  FixedGraph close(Rewrite pass, Set<String> gone, double bound, String... outputs) {
    FixedGraph before = bound(outputs);
    FixedGraph after = pass.apply("test", before);
    assertFalse(before.graph().nodes().equals(after.graph().nodes()), "nothing was rewritten");
    Set<String> left =
        after.graph().nodes().stream()
            .map(node -> type(node.operator()))
            .collect(Collectors.toSet());
    left.retainAll(gone);
    assertEquals(Set.of(), left);
    equal(before, after, bound);
    return after;
  }

  void equal(FixedGraph before, FixedGraph after, double bound) {
    try (Arena arena = Arena.ofConfined()) {
      SortedMap<String, Tensor> inputs = inputs(before, arena);
      SortedMap<String, Tensor> expected = run(before, inputs, arena);
      SortedMap<String, Tensor> found = run(after, inputs, arena);
      expected.forEach(
          (name, tensor) -> {
            Tensor other = requireNonNull(found.get(name));
            assertEquals(tensor.shape(), other.shape());
            assertTrue(Deviation.relative(tensor.data(), other.data()) < bound, name);
          });
    }
  }

  static String type(org.m4fw.graph.ir.Operator operator) {
    return operator instanceof Primitive primitive ? primitive.type() : "";
  }

  private static SortedMap<String, Tensor> run(
      FixedGraph graph, SortedMap<String, Tensor> inputs, Arena arena) {
    SortedMap<String, Tensor> outputs = new TreeMap<>();
    TargetGraph host = new TargetGraph(graph.graph(), Targets.find("host"), AdapterInputs.NONE);
    try (Component component =
        Component.open(
            "test", OnnxCompiler.compile("test", new QuantizedGraph(host, new TreeMap<>())))) {
      component.run("test", inputs, arena).forEach(tensor -> outputs.put(tensor.name(), tensor));
    }
    return outputs;
  }

  private SortedMap<String, Tensor> inputs(FixedGraph graph, Arena arena) {
    SortedMap<String, Tensor> inputs = new TreeMap<>();
    for (Port port : graph.graph().inputs()) {
      Shape shape = new Shape(graph.value(port.name()).dims());
      boolean whole = port.type() == ElementType.INT64;
      long size = (whole ? 8 : 4) * shape.count();
      MemorySegment data = arena.allocate(Math.max(8, size), 64);
      for (long i = 0; i < shape.count(); i++) {
        if (whole) {
          data.setAtIndex(ValueLayout.JAVA_LONG, i, 2 * i + 1);
        } else {
          data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
      }
      inputs.put(
          port.name(),
          new Tensor(
              port.name(),
              whole ? DType.I64 : DType.F32,
              shape,
              new Extent(Path.of(port.name()), 0, size),
              data.asSlice(0, size)));
    }
    return inputs;
  }
}
