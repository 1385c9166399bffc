package org.m4fw.graph.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.ActivationPlan.Choice;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.tflite.LiteModel.Signature;

/** Files of whole numbers: how values and constants are stored. */
final class WholeNumbersTest {
  private static final Stored WIDE = new Stored(8, 0.5f, 3);

  private final GraphBuilder graph = new GraphBuilder();
  private final SortedMap<String, Choice> plan = new TreeMap<>();

  private void input(String name, long... dims) {
    graph.input(
        new Port(
            name,
            ElementType.FLOAT32,
            java.util.stream.LongStream.of(dims).mapToObj(Port::fixed).toList()));
  }

  private void stored(String value, Stored stored) {
    plan.put(value, new Choice(Optional.of(stored), "test"));
  }

  private Signature compiled(String output) {
    graph.output(new Port(output, ElementType.FLOAT32, List.of()));
    FixedGraph fixed =
        SizeBinding.bind(
            "test", graph.build("test", Optional.empty(), SpecialTokens.none()), Map.of());
    return LiteCompiler.compile(
            "test",
            new LinkedHashMap<>(Map.of("main", fixed)),
            new TreeMap<>(),
            new ActivationPlan(plan, new TreeMap<>()))
        .signatures()
        .getFirst();
  }

  private static List<String> operators(Signature signature) {
    return signature.operations().stream().map(operation -> operation.operator().name()).toList();
  }

  private void refused(LiteError error, String output) {
    ErrorCode code = assertThrows(ProblemException.class, () -> compiled(output)).problem().code();
    assertEquals(error, code);
  }

  @Test
  void whatMovesElementsSharesTheirSteps() {
    input("x", 2, 6);
    graph.node("flat", Primitive.of("Reshape"), "x", graph.literal("s", Literal.int64(12)));
    graph.node("y", Primitive.of("Add"), "flat", "flat");
    stored("x", WIDE);
    stored("y", new Stored(8, 1, 0));
    Signature signature = compiled("y");
    assertEquals(List.of("RESHAPE", "ADD"), operators(signature));
    int flat = signature.operations().getFirst().outputs().getFirst();
    assertEquals(
        Optional.of(WholeConstants.affine(WIDE)), signature.tensors().get(flat).quantization());
  }

  @Test
  void resultOfFixedStepsIsRequantizedWhereOthersAreWanted() {
    input("x", 2, 6);
    graph.node("y", Primitive.of("Softmax"), "x");
    stored("x", WIDE);
    stored("y", WIDE);
    Signature signature = compiled("y");
    assertEquals(List.of("SOFTMAX", "QUANTIZE"), operators(signature));
    int exact = signature.operations().getFirst().outputs().getFirst();
    assertEquals(
        Optional.of(WholeConstants.affine(new Stored(8, 0x1p-8f, -128))),
        signature.tensors().get(exact).quantization());
  }

  @Test
  void productOfFineStepsIsALaterVersion() {
    input("x", 2, 6);
    graph.node("y", Primitive.of("Mul"), "x", "x");
    stored("x", new Stored(8, 2, 0));
    stored("y", new Stored(8, 1, 0));
    assertEquals(3, compiled("y").operations().getFirst().version());
  }

  @Test
  void valueOfUnknownRangeIsRefused() {
    input("x", 2, 6);
    graph.node("y", Primitive.of("Mul"), "x", "x");
    stored("x", WIDE);
    refused(LiteError.NO_RANGE, "y");
  }

  @Test
  void operatorWithoutAFormInWholeNumbersIsRefused() {
    input("x", 2, 6);
    graph.node("y", Primitive.of("Exp"), "x");
    stored("x", WIDE);
    stored("y", WIDE);
    refused(LiteError.NOT_WHOLE, "y");
  }

  @Test
  void constantsHaveTheSmallestRangeWithZero() {
    assertEquals(new Stored(8, 0.02f, -128), WholeConstants.range(new float[] {1, 5.1f}));
    assertArrayEquals(
        new byte[] {-78, 127, -128},
        WholeConstants.quantized(new float[] {1, 9, -1}, new Stored(8, 0.02f, -128)));
  }

  @Test
  void constantsOfZerosHaveSomeStep() {
    assertEquals(new Stored(8, 1, 0), WholeConstants.range(new float[] {0, 0}));
  }

  @Test
  void biasesAreClampedToThirtyTwoBits() {
    byte[] bytes = WholeConstants.bias(new float[] {1e30f, 2}, 0.5f, List.of(1f, 2f));
    assertArrayEquals(new byte[] {-1, -1, -1, 127, 2, 0, 0, 0}, bytes);
  }

  @Test
  void shapeOfLiteralIsKept() {
    input("x", 2, 6);
    graph.literal("c", Literal.real(ElementType.FLOAT32, Shape.of(6), 1, 2, 3, 4, 5, 6));
    graph.node("y", Primitive.of("Add"), "x", "c");
    stored("x", WIDE);
    stored("y", WIDE);
    Signature signature = compiled("y");
    int constant = signature.operations().getFirst().inputs().get(1);
    assertEquals(List.of(6), signature.tensors().get(constant).shape());
    assertEquals(TensorType.INT8, signature.tensors().get(constant).type());
  }
}
