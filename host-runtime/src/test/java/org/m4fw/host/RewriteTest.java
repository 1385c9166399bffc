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
import org.junit.jupiter.api.Test;
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
import org.m4fw.graph.rewrite.BatchedRows;
import org.m4fw.graph.rewrite.BroadcastProducts;
import org.m4fw.graph.rewrite.ConstantDivisions;
import org.m4fw.graph.rewrite.ConstantRows;
import org.m4fw.graph.rewrite.DivisionsByRoots;
import org.m4fw.graph.rewrite.EmptyOperands;
import org.m4fw.graph.rewrite.GroupedConvolutions;
import org.m4fw.graph.rewrite.ImageSequences;
import org.m4fw.graph.rewrite.InstanceNorms;
import org.m4fw.graph.rewrite.LayerNorms;
import org.m4fw.graph.rewrite.LeadingAxes;
import org.m4fw.graph.rewrite.PlanarConvolutions;
import org.m4fw.graph.rewrite.PlanarSequences;
import org.m4fw.graph.rewrite.PositionProducts;
import org.m4fw.graph.rewrite.ReshapeChains;
import org.m4fw.graph.rewrite.ReversedAxes;
import org.m4fw.graph.rewrite.Rewrite;
import org.m4fw.graph.rewrite.RootReciprocals;
import org.m4fw.graph.rewrite.SharedProducts;
import org.m4fw.graph.rewrite.SigmoidGelus;
import org.m4fw.graph.rewrite.SigmoidSoftmaxes;
import org.m4fw.graph.rewrite.SplitSlices;
import org.m4fw.targets.Targets;

/** Each rewrite on random numbers, run by ONNX Runtime before and after. */
final class RewriteTest {
  private final GraphBuilder graph = new GraphBuilder();
  private final Random random = new Random(3);

  @Test
  void layerNormByItsDefinitionIsTheSame() {
    input("x", 2, 5, 12);
    op("LayerNormalization", Map.of("axis", integer(-1)), "y", "x", real("g", 12), real("b", 12));
    same(new LayerNorms(), Set.of("LayerNormalization"), "y");
  }

  @Test
  void instanceNormByItsDefinitionIsTheSame() {
    input("x", 2, 4, 30);
    op("InstanceNormalization", Map.of(), "y", "x", real("g", 4), real("b", 4));
    same(new InstanceNorms(), Set.of("InstanceNormalization"), "y");
  }

  @Test
  void divisionByRootAsProductIsTheSame() {
    input("x", 3, 7);
    op("Mul", Map.of(), "squares", "x", "x");
    op("Add", Map.of(), "positive", "squares", number("one", 1));
    op("Sqrt", Map.of(), "root", "positive");
    op("Div", Map.of(), "y", "x", "root");
    same(new DivisionsByRoots(), Set.of("Div"), "y");
  }

  @Test
  void convolutionOfSequencesAsOneOfImagesIsTheSame() {
    input("x", 2, 4, 17);
    op(
        "Conv",
        Map.of("strides", ints(2), "pads", ints(1, 2), "dilations", ints(2)),
        "y",
        "x",
        real("w", 6, 4, 3),
        real("b", 6));
    same(new PlanarConvolutions(), Set.of(), "y");
  }

  @Test
  void transposedConvolutionOfSequencesAsOneOfImagesIsTheSame() {
    input("x", 1, 4, 9);
    op(
        "ConvTranspose",
        Map.of("strides", ints(4), "pads", ints(2, 2)),
        "y",
        "x",
        real("w", 4, 3, 8),
        real("b", 3));
    same(new PlanarConvolutions(), Set.of(), "y");
  }

  @Test
  void axisReadBackwardsAsRowsIsTheSame() {
    input("x", 2, 5, 4);
    op("Slice", Map.of(), "y", "x", shape(-1), shape(Long.MIN_VALUE + 1), shape(1), shape(-1));
    same(new ReversedAxes(), Set.of("Slice"), "y");
  }

  @Test
  void divisionByAConstantAsProductIsTheSame() {
    input("x", 2, 5);
    op("Div", Map.of(), "y", "x", number("three", 3));
    same(new ConstantDivisions(), Set.of("Div"), "y");
  }

  @Test
  void convolutionInGroupsAsOneForEachIsTheSame() {
    input("x", 2, 6, 9);
    op(
        "Conv",
        Map.of("group", integer(3), "pads", ints(1, 1)),
        "y",
        "x",
        real("w", 12, 2, 3),
        real("b", 12));
    FixedGraph after = same(new GroupedConvolutions(), Set.of(), "y");
    assertEquals(
        3,
        after.graph().nodes().stream()
            .filter(node -> type(node.operator()).equals("Conv"))
            .count());
  }

  @Test
  void convolutionOfSingleChannelsIsLeftAlone() {
    input("x", 1, 6, 9);
    op("Conv", Map.of("group", integer(6)), "y", "x", real("w", 6, 1, 3));
    FixedGraph before = bound("y");
    assertEquals(
        before.graph().nodes(), new GroupedConvolutions().apply("test", before).graph().nodes());
  }

  @Test
  void whatIsBetweenConvolutionsOfSequencesAsImagesIsTheSame() {
    input("x", 1, 4, 11);
    input("there", 1, 1, 11);
    op("Conv", Map.of("pads", ints(1, 1)), "first", "x", real("w", 6, 4, 3), real("b", 6));
    op("LeakyRelu", Map.of(), "active", "first");
    op("Mul", Map.of(), "masked", "active", "there");
    op("Slice", Map.of(), "part", "masked", shape(2), shape(6), shape(1));
    op("Concat", Map.of("axis", integer(1)), "both", "part", "x");
    op("Div", Map.of(), "half", "both", number("two", 2));
    op("Conv", Map.of(), "y", "half", real("v", 3, 8, 1));
    FixedGraph images = new PlanarConvolutions().apply("test", bound("y"));
    FixedGraph after = new PlanarSequences().apply("test", images);
    assertEquals(
        Set.of(4),
        after.graph().nodes().stream()
            .filter(node -> !type(node.operator()).equals("Reshape"))
            .map(node -> after.value(node.outputs().getFirst()).rank())
            .collect(Collectors.toSet()));
    equal(images, after, 2e-6);
  }

  @Test
  void productsWithAMatrixForEachPositionAreTheSame() {
    input("x", 1, 2, 5, 1, 3);
    input("near", 5, 3, 7);
    op("MatMul", Map.of(), "y", "x", "near");
    same(new PositionProducts(), Set.of(), "y");
  }

  @Test
  void productsWithOneMatrixAsOneAreTheSame() {
    input("x", 2, 3, 4, 8);
    op("MatMul", Map.of(), "y", "x", real("w", 1, 8, 5));
    same(new SharedProducts(), Set.of(), "y");
  }

  @Test
  void convolutionOverAllFramesOfVideosAsOneOfImagesIsTheSame() {
    input("x", 2, 3, 2, 8, 8);
    op("Conv", Map.of("strides", ints(2, 4, 4)), "y", "x", real("w", 5, 3, 2, 4, 4));
    same(new PlanarConvolutions(), Set.of(), "y");
  }

  @Test
  void convolutionOverSomeFramesOfVideosIsLeftAlone() {
    input("x", 1, 3, 4, 8, 8);
    op("Conv", Map.of(), "y", "x", real("w", 5, 3, 2, 4, 4));
    FixedGraph before = bound("y");
    assertEquals(
        before.graph().nodes(), new PlanarConvolutions().apply("test", before).graph().nodes());
  }

  @Test
  void productsThatAreBroadcastAsLargerOnesAreTheSame() {
    input("q", 1, 2, 3, 4, 8);
    input("k", 1, 2, 1, 8, 5);
    op("MatMul", Map.of(), "y", "q", "k");
    same(new BroadcastProducts(), Set.of(), "y");
  }

  @Test
  void operatorsOfFiveAxesWithoutTheFirstAreTheSame() {
    input("x", 1, 2, 3, 4, 5);
    input("mask", 1, 1, 1, 4, 5);
    op("Add", Map.of(), "masked", "x", "mask");
    op("Softmax", Map.of("axis", integer(-1)), "weights", "masked");
    op("Concat", Map.of("axis", integer(2)), "twice", "weights", "x");
    op("Transpose", Map.of("perm", ints(0, 1, 3, 2, 4)), "y", "twice");
    FixedGraph after = same(new LeadingAxes(), Set.of(), "y");
    after.graph().nodes().stream()
        .filter(node -> !type(node.operator()).equals("Reshape"))
        .forEach(node -> assertTrue(after.value(node.outputs().getFirst()).rank() <= 4));
  }

  @Test
  void axesThatAreNotOfSizeOneStay() {
    input("x", 2, 2, 3, 4, 5);
    op("Sigmoid", Map.of(), "y", "x");
    FixedGraph before = bound("y");
    assertEquals(before.graph().nodes(), new LeadingAxes().apply("test", before).graph().nodes());
  }

  @Test
  void partsOfSplitsAsSlicesAreTheSame() {
    input("x", 2, 9, 4);
    graph.node(
        "split",
        Primitive.of("", "Split", Map.of("axis", integer(1))),
        List.of("x", graph.literal("sizes", Literal.int64(2, 3, 4))),
        List.of("a", "b", "c"));
    op("Transpose", Map.of("perm", ints(0, 2, 1)), "y", "b");
    same(new SplitSlices(), Set.of("Split"), "y", "a", "c");
  }

  @Test
  void rowAtConstantIndexAsSliceIsTheSame() {
    input("x", 2, 9, 4);
    op(
        "Gather",
        Map.of("axis", integer(1)),
        "y",
        "x",
        graph.literal("last", Literal.int64Scalar(-1)));
    same(new ConstantRows(), Set.of("Gather"), "y");
  }

  @Test
  void rowOfEachSampleAsRowsOfAllIsTheSame() {
    input("x", 3, 9, 4);
    graph.input(new Port("rows", ElementType.INT64, List.of(Port.fixed(3), Port.fixed(1))));
    op("GatherND", Map.of("batch_dims", integer(1)), "y", "x", "rows");
    same(new BatchedRows(), Set.of("GatherND"), "y");
  }

  @Test
  void operandsWithoutElementsAreLeftOut() {
    input("none", 1, 2, 0, 4);
    input("x", 1, 2, 3, 4);
    op("Concat", Map.of("axis", integer(2)), "y", "none", "x");
    same(new EmptyOperands(), Set.of("Concat"), "y");
  }

  @Test
  void pixelsAsSequenceAndBackAreTheSame() {
    input("x", 2, 3, 4, 5);
    op("Reshape", Map.of(), "flat", "x", shape(2, 3, 20));
    op("Transpose", Map.of("perm", ints(0, 2, 1)), "sequence", "flat");
    op("Mul", Map.of(), "scaled", "sequence", real("g", 3));
    op("Transpose", Map.of("perm", ints(0, 2, 1)), "rows", "scaled");
    op("Reshape", Map.of(), "y", "rows", shape(2, 3, 4, 5));
    FixedGraph after = same(new ImageSequences(), Set.of(), "y");
    assertTrue(
        after.graph().nodes().stream()
            .filter(node -> type(node.operator()).equals("Transpose"))
            .allMatch(node -> after.value(node.outputs().getFirst()).rank() == 4));
  }

  @Test
  void reshapesThatMeetBecomeOne() {
    input("x", 2, 3, 4);
    op("Reshape", Map.of(), "flat", "x", shape(24));
    op("Unsqueeze", Map.of(), "column", "flat", shape(1));
    op("Reshape", Map.of(), "y", "column", shape(6, 4));
    FixedGraph after = same(new ReshapeChains(), Set.of("Unsqueeze"), "y");
    assertEquals(1, after.graph().nodes().size());
  }

  @Test
  void reciprocalOfRootAsPowerIsTheSame() {
    input("x", 3, 7);
    op("Mul", Map.of(), "squares", "x", "x");
    op("Add", Map.of(), "positive", "squares", number("one", 1));
    op("Sqrt", Map.of(), "root", "positive");
    op("Reciprocal", Map.of(), "y", "root");
    same(new RootReciprocals(), Set.of("Sqrt", "Reciprocal"), "y");
  }

  /** The bound that the pass states, relative to the largest result. */
  @Test
  void geluBySigmoidIsWithinItsBound() {
    input("x", 3, 70);
    op("Gelu", Map.of(), "y", "x");
    close(new SigmoidGelus(), Set.of("Gelu"), 4.8e-4, "y");
  }

  @Test
  void geluOfTheFormByTanhIsTheSameBySigmoid() {
    input("x", 3, 70);
    op("Gelu", Map.of("approximate", new Attribute.Text("tanh")), "y", "x");
    same(new SigmoidGelus(), Set.of("Gelu"), "y");
  }

  @Test
  void softmaxBySigmoidsIsTheSame() {
    input("x", 2, 3, 50);
    op("Softmax", Map.of("axis", integer(-1)), "y", "x");
    same(new SigmoidSoftmaxes(Set.of("y")), Set.of("Softmax"), "y");
  }

  @Test
  void productWithSoftmaxBySigmoidsIsTheSame() {
    input("x", 2, 3, 50);
    input("v", 2, 50, 4);
    op("Softmax", Map.of("axis", integer(-1)), "weights", "x");
    op("MatMul", Map.of(), "y", "weights", "v");
    same(new SigmoidSoftmaxes(Set.of("weights")), Set.of("Softmax"), "y");
  }

  @Test
  void softmaxThatIsNotMeantStays() {
    input("x", 2, 3, 50);
    op("Softmax", Map.of("axis", integer(-1)), "y", "x");
    FixedGraph before = bound("y");
    Rewrite pass = new SigmoidSoftmaxes(Set.of("other"));
    assertEquals(before.graph().nodes(), pass.apply("test", before).graph().nodes());
  }

  private void input(String name, long... dims) {
    graph.input(
        new Port(
            name,
            ElementType.FLOAT32,
            java.util.stream.LongStream.of(dims).mapToObj(Port::fixed).toList()));
  }

  private void op(String type, Map<String, Attribute> attributes, String y, String... inputs) {
    graph.node(y, Primitive.of("", type, attributes), inputs);
  }

  private static Attribute integer(long value) {
    return new Attribute.Int(value);
  }

  private static Attribute ints(Integer... values) {
    return new Attribute.Ints(List.of(values).stream().map(Integer::longValue).toList());
  }

  private String shape(long... dims) {
    return graph.literal("shape" + java.util.Arrays.toString(dims), Literal.int64(dims));
  }

  private String number(String name, float value) {
    return graph.literal(name, Literal.real(ElementType.FLOAT32, Shape.of(), value));
  }

  private String real(String name, long... dims) {
    float[] values = new float[Math.toIntExact(Shape.of(dims).count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return graph.literal(name, Literal.real(ElementType.FLOAT32, Shape.of(dims), values));
  }

  private FixedGraph bound(String... outputs) {
    for (String output : outputs) {
      graph.output(new Port(output, ElementType.FLOAT32, List.of()));
    }
    return SizeBinding.bind(
        "test", graph.build("test", Optional.empty(), SpecialTokens.none()), Map.of());
  }

  /** The graph after the pass, which gives the same and has none of these operators. */
  private FixedGraph same(Rewrite pass, Set<String> gone, String... outputs) {
    return close(pass, gone, 2e-6, outputs);
  }

  private FixedGraph close(Rewrite pass, Set<String> gone, double bound, String... outputs) {
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

  private void equal(FixedGraph before, FixedGraph after, double bound) {
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

  private static String type(org.m4fw.graph.ir.Operator operator) {
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
