package org.m4fw.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.RewrittenGraph.integer;
import static org.m4fw.host.RewrittenGraph.ints;
import static org.m4fw.host.RewrittenGraph.type;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.rewrite.BatchedRows;
import org.m4fw.graph.rewrite.BroadcastProducts;
import org.m4fw.graph.rewrite.ConstantDivisions;
import org.m4fw.graph.rewrite.ConstantRows;
import org.m4fw.graph.rewrite.DivisionsByRoots;
import org.m4fw.graph.rewrite.EmptyOperands;
import org.m4fw.graph.rewrite.ImageSequences;
import org.m4fw.graph.rewrite.InstanceNorms;
import org.m4fw.graph.rewrite.LayerNorms;
import org.m4fw.graph.rewrite.LeadingAxes;
import org.m4fw.graph.rewrite.ReshapeChains;
import org.m4fw.graph.rewrite.Rewrite;
import org.m4fw.graph.rewrite.RootReciprocals;
import org.m4fw.graph.rewrite.SigmoidGelus;
import org.m4fw.graph.rewrite.SigmoidSoftmaxes;
import org.m4fw.graph.rewrite.SplitSlices;

/**
 * Each rewrite on random numbers, run by ONNX Runtime before and after; those of convolutions are
 * in {@link ConvolutionRewriteTest}.
 */
final class RewriteTest {
  private final RewrittenGraph graph = new RewrittenGraph();

  @Test
  void layerNormByItsDefinitionIsTheSame() {
    graph.input("x", 2, 5, 12);
    graph.op(
        "LayerNormalization",
        Map.of("axis", integer(-1)),
        "y",
        "x",
        graph.real("g", 12),
        graph.real("b", 12));
    graph.same(new LayerNorms(), Set.of("LayerNormalization"), "y");
  }

  @Test
  void instanceNormByItsDefinitionIsTheSame() {
    graph.input("x", 2, 4, 30);
    graph.op("InstanceNormalization", Map.of(), "y", "x", graph.real("g", 4), graph.real("b", 4));
    graph.same(new InstanceNorms(), Set.of("InstanceNormalization"), "y");
  }

  @Test
  void divisionByRootAsProductIsTheSame() {
    graph.input("x", 3, 7);
    graph.op("Mul", Map.of(), "squares", "x", "x");
    graph.op("Add", Map.of(), "positive", "squares", graph.number("one", 1));
    graph.op("Sqrt", Map.of(), "root", "positive");
    graph.op("Div", Map.of(), "y", "x", "root");
    graph.same(new DivisionsByRoots(), Set.of("Div"), "y");
  }

  @Test
  void divisionByAConstantAsProductIsTheSame() {
    graph.input("x", 2, 5);
    graph.op("Div", Map.of(), "y", "x", graph.number("three", 3));
    graph.same(new ConstantDivisions(), Set.of("Div"), "y");
  }

  @Test
  void productsThatAreBroadcastAsLargerOnesAreTheSame() {
    graph.input("q", 1, 2, 3, 4, 8);
    graph.input("k", 1, 2, 1, 8, 5);
    graph.op("MatMul", Map.of(), "y", "q", "k");
    graph.same(new BroadcastProducts(), Set.of(), "y");
  }

  @Test
  void operatorsOfFiveAxesWithoutTheFirstAreTheSame() {
    graph.input("x", 1, 2, 3, 4, 5);
    graph.input("mask", 1, 1, 1, 4, 5);
    graph.op("Add", Map.of(), "masked", "x", "mask");
    graph.op("Softmax", Map.of("axis", integer(-1)), "weights", "masked");
    graph.op("Concat", Map.of("axis", integer(2)), "twice", "weights", "x");
    graph.op("Transpose", Map.of("perm", ints(0, 1, 3, 2, 4)), "y", "twice");
    FixedGraph after = graph.same(new LeadingAxes(), Set.of(), "y");
    after.graph().nodes().stream()
        .filter(node -> !type(node.operator()).equals("Reshape"))
        .forEach(node -> assertTrue(after.value(node.outputs().getFirst()).rank() <= 4));
  }

  @Test
  void axesThatAreNotOfSizeOneStay() {
    graph.input("x", 2, 2, 3, 4, 5);
    graph.op("Sigmoid", Map.of(), "y", "x");
    FixedGraph before = graph.bound("y");
    assertEquals(before.graph().nodes(), new LeadingAxes().apply("test", before).graph().nodes());
  }

  @Test
  void partsOfSplitsAsSlicesAreTheSame() {
    graph.input("x", 2, 9, 4);
    graph
        .builder()
        .node(
            "split",
            Primitive.of("", "Split", Map.of("axis", integer(1))),
            List.of("x", graph.builder().literal("sizes", Literal.int64(2, 3, 4))),
            List.of("a", "b", "c"));
    graph.op("Transpose", Map.of("perm", ints(0, 2, 1)), "y", "b");
    graph.same(new SplitSlices(), Set.of("Split"), "y", "a", "c");
  }

  @Test
  void rowAtConstantIndexAsSliceIsTheSame() {
    graph.input("x", 2, 9, 4);
    graph.op(
        "Gather",
        Map.of("axis", integer(1)),
        "y",
        "x",
        graph.builder().literal("last", Literal.int64Scalar(-1)));
    graph.same(new ConstantRows(), Set.of("Gather"), "y");
  }

  @Test
  void rowOfEachSampleAsRowsOfAllIsTheSame() {
    graph.input("x", 3, 9, 4);
    graph
        .builder()
        .input(new Port("rows", ElementType.INT64, List.of(Port.fixed(3), Port.fixed(1))));
    graph.op("GatherND", Map.of("batch_dims", integer(1)), "y", "x", "rows");
    graph.same(new BatchedRows(), Set.of("GatherND"), "y");
  }

  @Test
  void operandsWithoutElementsAreLeftOut() {
    graph.input("none", 1, 2, 0, 4);
    graph.input("x", 1, 2, 3, 4);
    graph.op("Concat", Map.of("axis", integer(2)), "y", "none", "x");
    graph.same(new EmptyOperands(), Set.of("Concat"), "y");
  }

  @Test
  void pixelsAsSequenceAndBackAreTheSame() {
    graph.input("x", 2, 3, 4, 5);
    graph.op("Reshape", Map.of(), "flat", "x", graph.shape(2, 3, 20));
    graph.op("Transpose", Map.of("perm", ints(0, 2, 1)), "sequence", "flat");
    graph.op("Mul", Map.of(), "scaled", "sequence", graph.real("g", 3));
    graph.op("Transpose", Map.of("perm", ints(0, 2, 1)), "rows", "scaled");
    graph.op("Reshape", Map.of(), "y", "rows", graph.shape(2, 3, 4, 5));
    FixedGraph after = graph.same(new ImageSequences(), Set.of(), "y");
    assertTrue(
        after.graph().nodes().stream()
            .filter(node -> type(node.operator()).equals("Transpose"))
            .allMatch(node -> after.value(node.outputs().getFirst()).rank() == 4));
  }

  @Test
  void reshapesThatMeetBecomeOne() {
    graph.input("x", 2, 3, 4);
    graph.op("Reshape", Map.of(), "flat", "x", graph.shape(24));
    graph.op("Unsqueeze", Map.of(), "column", "flat", graph.shape(1));
    graph.op("Reshape", Map.of(), "y", "column", graph.shape(6, 4));
    FixedGraph after = graph.same(new ReshapeChains(), Set.of("Unsqueeze"), "y");
    assertEquals(1, after.graph().nodes().size());
  }

  @Test
  void reciprocalOfRootAsPowerIsTheSame() {
    graph.input("x", 3, 7);
    graph.op("Mul", Map.of(), "squares", "x", "x");
    graph.op("Add", Map.of(), "positive", "squares", graph.number("one", 1));
    graph.op("Sqrt", Map.of(), "root", "positive");
    graph.op("Reciprocal", Map.of(), "y", "root");
    graph.same(new RootReciprocals(), Set.of("Sqrt", "Reciprocal"), "y");
  }

  /** The bound that the pass states, relative to the largest result. */
  @Test
  void geluBySigmoidIsWithinItsBound() {
    graph.input("x", 3, 70);
    graph.op("Gelu", Map.of(), "y", "x");
    graph.close(new SigmoidGelus(), Set.of("Gelu"), 4.8e-4, "y");
  }

  @Test
  void geluOfTheFormByTanhIsTheSameBySigmoid() {
    graph.input("x", 3, 70);
    graph.op("Gelu", Map.of("approximate", new Attribute.Text("tanh")), "y", "x");
    graph.same(new SigmoidGelus(), Set.of("Gelu"), "y");
  }

  @Test
  void softmaxBySigmoidsIsTheSame() {
    graph.input("x", 2, 3, 50);
    graph.op("Softmax", Map.of("axis", integer(-1)), "y", "x");
    graph.same(new SigmoidSoftmaxes(Set.of("y")), Set.of("Softmax"), "y");
  }

  @Test
  void productWithSoftmaxBySigmoidsIsTheSame() {
    graph.input("x", 2, 3, 50);
    graph.input("v", 2, 50, 4);
    graph.op("Softmax", Map.of("axis", integer(-1)), "weights", "x");
    graph.op("MatMul", Map.of(), "y", "weights", "v");
    graph.same(new SigmoidSoftmaxes(Set.of("weights")), Set.of("Softmax"), "y");
  }

  @Test
  void softmaxThatIsNotMeantStays() {
    graph.input("x", 2, 3, 50);
    graph.op("Softmax", Map.of("axis", integer(-1)), "y", "x");
    FixedGraph before = graph.bound("y");
    Rewrite pass = new SigmoidSoftmaxes(Set.of("other"));
    assertEquals(before.graph().nodes(), pass.apply("test", before).graph().nodes());
  }
}
