package org.m4fw.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.m4fw.host.RewrittenGraph.integer;
import static org.m4fw.host.RewrittenGraph.ints;
import static org.m4fw.host.RewrittenGraph.type;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.rewrite.GroupedConvolutions;
import org.m4fw.graph.rewrite.PlanarConvolutions;
import org.m4fw.graph.rewrite.PlanarSequences;
import org.m4fw.graph.rewrite.PositionProducts;
import org.m4fw.graph.rewrite.ReversedAxes;
import org.m4fw.graph.rewrite.SharedProducts;

/**
 * Rewrites of convolutions, of what lies between them and of products, run by ONNX Runtime before
 * and after.
 */
final class ConvolutionRewriteTest {
  private final RewrittenGraph graph = new RewrittenGraph();

  @Test
  void convolutionOfSequencesAsOneOfImagesIsTheSame() {
    graph.input("x", 2, 4, 17);
    graph.op(
        "Conv",
        Map.of("strides", ints(2), "pads", ints(1, 2), "dilations", ints(2)),
        "y",
        "x",
        graph.real("w", 6, 4, 3),
        graph.real("b", 6));
    graph.same(new PlanarConvolutions(), Set.of(), "y");
  }

  @Test
  void transposedConvolutionOfSequencesAsOneOfImagesIsTheSame() {
    graph.input("x", 1, 4, 9);
    graph.op(
        "ConvTranspose",
        Map.of("strides", ints(4), "pads", ints(2, 2)),
        "y",
        "x",
        graph.real("w", 4, 3, 8),
        graph.real("b", 3));
    graph.same(new PlanarConvolutions(), Set.of(), "y");
  }

  @Test
  void axisReadBackwardsAsRowsIsTheSame() {
    graph.input("x", 2, 5, 4);
    graph.op(
        "Slice",
        Map.of(),
        "y",
        "x",
        graph.shape(-1),
        graph.shape(Long.MIN_VALUE + 1),
        graph.shape(1),
        graph.shape(-1));
    graph.same(new ReversedAxes(), Set.of("Slice"), "y");
  }

  @Test
  void convolutionInGroupsAsOneForEachIsTheSame() {
    graph.input("x", 2, 6, 9);
    graph.op(
        "Conv",
        Map.of("group", integer(3), "pads", ints(1, 1)),
        "y",
        "x",
        graph.real("w", 12, 2, 3),
        graph.real("b", 12));
    FixedGraph after = graph.same(new GroupedConvolutions(), Set.of(), "y");
    assertEquals(
        3,
        after.graph().nodes().stream()
            .filter(node -> type(node.operator()).equals("Conv"))
            .count());
  }

  @Test
  void convolutionOfSingleChannelsIsLeftAlone() {
    graph.input("x", 1, 6, 9);
    graph.op("Conv", Map.of("group", integer(6)), "y", "x", graph.real("w", 6, 1, 3));
    FixedGraph before = graph.bound("y");
    assertEquals(
        before.graph().nodes(), new GroupedConvolutions().apply("test", before).graph().nodes());
  }

  @Test
  void whatIsBetweenConvolutionsOfSequencesAsImagesIsTheSame() {
    graph.input("x", 1, 4, 11);
    graph.input("there", 1, 1, 11);
    graph.op(
        "Conv",
        Map.of("pads", ints(1, 1)),
        "first",
        "x",
        graph.real("w", 6, 4, 3),
        graph.real("b", 6));
    graph.op("LeakyRelu", Map.of(), "active", "first");
    graph.op("Mul", Map.of(), "masked", "active", "there");
    graph.op("Slice", Map.of(), "part", "masked", graph.shape(2), graph.shape(6), graph.shape(1));
    graph.op("Concat", Map.of("axis", integer(1)), "both", "part", "x");
    graph.op("Div", Map.of(), "half", "both", graph.number("two", 2));
    graph.op("Conv", Map.of(), "y", "half", graph.real("v", 3, 8, 1));
    FixedGraph images = new PlanarConvolutions().apply("test", graph.bound("y"));
    FixedGraph after = new PlanarSequences().apply("test", images);
    assertEquals(
        Set.of(4),
        after.graph().nodes().stream()
            .filter(node -> !type(node.operator()).equals("Reshape"))
            .map(node -> after.value(node.outputs().getFirst()).rank())
            .collect(Collectors.toSet()));
    graph.equal(images, after, 2e-6);
  }

  @Test
  void productsWithAMatrixForEachPositionAreTheSame() {
    graph.input("x", 1, 2, 5, 1, 3);
    graph.input("near", 5, 3, 7);
    graph.op("MatMul", Map.of(), "y", "x", "near");
    graph.same(new PositionProducts(), Set.of(), "y");
  }

  @Test
  void productsWithOneMatrixAsOneAreTheSame() {
    graph.input("x", 2, 3, 4, 8);
    graph.op("MatMul", Map.of(), "y", "x", graph.real("w", 1, 8, 5));
    graph.same(new SharedProducts(), Set.of(), "y");
  }

  @Test
  void convolutionOverAllFramesOfVideosAsOneOfImagesIsTheSame() {
    graph.input("x", 2, 3, 2, 8, 8);
    graph.op("Conv", Map.of("strides", ints(2, 4, 4)), "y", "x", graph.real("w", 5, 3, 2, 4, 4));
    graph.same(new PlanarConvolutions(), Set.of(), "y");
  }

  @Test
  void convolutionOverSomeFramesOfVideosIsLeftAlone() {
    graph.input("x", 1, 3, 4, 8, 8);
    graph.op("Conv", Map.of(), "y", "x", graph.real("w", 5, 3, 2, 4, 4));
    FixedGraph before = graph.bound("y");
    assertEquals(
        before.graph().nodes(), new PlanarConvolutions().apply("test", before).graph().nodes());
  }
}
