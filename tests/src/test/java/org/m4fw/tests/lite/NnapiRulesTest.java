package org.m4fw.tests.lite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.graph.tflite.BuiltinOperator;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;
import org.m4fw.graph.tflite.TensorType;
import org.m4fw.tests.build.Tool;

/** That the check of the delegate's rules finds what breaks them. */
final class NnapiRulesTest {
  private static final NnapiRules RULES =
      new NnapiRules(Tool.ROOT.resolve("tests/fixtures/op-lists/tflite_nnapi_delegate.json"));

  private final List<Tensor> tensors = new ArrayList<>();

  private int value(TensorType type, float scale, long zeroPoint, Integer... shape) {
    return tensor(type, 0, scale, zeroPoint, shape);
  }

  private int constant(TensorType type, float scale, Integer... shape) {
    return tensor(type, 1, scale, 0, shape);
  }

  private int tensor(TensorType type, int buffer, float scale, long zeroPoint, Integer... shape) {
    tensors.add(
        new Tensor(
            "t" + tensors.size(),
            type,
            List.of(shape),
            buffer,
            Optional.of(new Quantization.Affine(List.of(scale), List.of(zeroPoint), 0))));
    return tensors.size() - 1;
  }

  private List<String> broken(
      BuiltinOperator operator, int version, int output, List<Option> options, Integer... inputs) {
    Operation operation =
        new Operation(operator, version, List.of(inputs), List.of(output), options, "node");
    return RULES.broken(
        new Signature("main", tensors, new TreeMap<>(), new TreeMap<>(), List.of(operation)));
  }

  private static void only(String rule, List<String> broken) {
    assertEquals(1, broken.size(), broken.toString());
    assertTrue(broken.getFirst().contains(rule), broken.toString());
  }

  private List<String> sum(int version, int left, int output) {
    int right = value(TensorType.INT8, 0.5f, 3, 2, 4);
    return broken(BuiltinOperator.ADD, version, output, List.of(), left, right);
  }

  @Test
  void listHasTheSixtyThreeOperators() {
    assertEquals(63, RULES.count());
  }

  @Test
  void sumOfWholeNumbersIsTaken() {
    int left = value(TensorType.INT8, 0.1f, 0, 2, 4);
    assertEquals(List.of(), sum(2, left, value(TensorType.INT8, 0.6f, 0, 2, 4)));
  }

  @Test
  void newerVersionIsFound() {
    int left = value(TensorType.INT8, 0.1f, 0, 2, 4);
    only("version 3", sum(3, left, value(TensorType.INT8, 0.6f, 0, 2, 4)));
  }

  @Test
  void numbersOfFloatingPointAreFound() {
    int left = value(TensorType.FLOAT32, 0.1f, 0, 2, 4);
    only("is FLOAT32", sum(2, left, value(TensorType.INT8, 0.6f, 0, 2, 4)));
  }

  @Test
  void fifthAxisIsFound() {
    int left = value(TensorType.INT8, 0.1f, 0, 1, 1, 1, 2, 4);
    only("too many axes", sum(2, left, value(TensorType.INT8, 0.6f, 0, 2, 4)));
  }

  @Test
  void operatorOfFloatingPointIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int y = value(TensorType.INT8, 0.1f, 0, 2, 4);
    only("not taken in whole numbers", broken(BuiltinOperator.EXP, 1, y, List.of(), x));
  }

  @Test
  void shapeThatIsComputedIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int shape = value(TensorType.INT32, 1, 0, 1);
    int y = value(TensorType.INT8, 0.1f, 0, 8);
    only("not constant", broken(BuiltinOperator.RESHAPE, 1, y, List.of(), x, shape));
  }

  @Test
  void reshapeToOtherStepsIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int shape = constant(TensorType.INT32, 1, 1);
    int y = value(TensorType.INT8, 0.2f, 0, 8);
    only("another scale", broken(BuiltinOperator.RESHAPE, 1, y, List.of(), x, shape));
  }

  @Test
  void softmaxInOtherStepsIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int y = value(TensorType.INT8, 0.1f, 0, 2, 4);
    only("is stored as", broken(BuiltinOperator.SOFTMAX, 2, y, List.of(), x));
  }

  @Test
  void fusedActivationIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int y = value(TensorType.INT8, 0.1f, 0, 2, 4);
    List<Option> options = List.of(new Option.Choice(0, 1));
    only("fused activation", broken(BuiltinOperator.MUL, 2, y, options, x, x));
  }

  @Test
  void productThatIsBroadcastIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 3, 2, 4);
    int w = value(TensorType.INT8, 0.1f, 0, 1, 4, 2);
    int y = value(TensorType.INT8, 0.1f, 0, 3, 2, 2);
    only("broadcast", broken(BuiltinOperator.BATCH_MATMUL, 2, y, List.of(), x, w));
  }

  @Test
  void rightOperandWithAZeroPointIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int w = value(TensorType.INT8, 0.1f, 5, 4, 2);
    int y = value(TensorType.INT8, 0.1f, 0, 2, 2);
    only("with a zero point", broken(BuiltinOperator.BATCH_MATMUL, 2, y, List.of(), x, w));
  }

  @Test
  void convolutionWithoutBiasIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 1, 1, 2, 4);
    int w = constant(TensorType.INT8, 0.1f, 1, 1, 1, 4);
    int y = value(TensorType.INT8, 0.1f, 0, 1, 1, 2, 1);
    only("no bias", broken(BuiltinOperator.CONV_2D, 3, y, List.of(), x, w));
  }

  @Test
  void biasInOtherStepsIsFound() {
    int x = value(TensorType.INT8, 0.1f, 0, 1, 1, 2, 4);
    int w = constant(TensorType.INT8, 0.1f, 1, 1, 1, 4);
    int b = constant(TensorType.INT32, 0.02f, 1);
    int y = value(TensorType.INT8, 0.1f, 0, 1, 1, 2, 1);
    only("in other steps", broken(BuiltinOperator.CONV_2D, 3, y, List.of(), x, w, b));
  }

  @Test
  void weightOfALayerMayBeGivenAsAMatrix() {
    assertEquals(List.of(), layer(1, 4));
    only("no matrix", layer(1, 1, 4));
  }

  private List<String> layer(Integer... weight) {
    int x = value(TensorType.INT8, 0.1f, 0, 2, 4);
    int w = value(TensorType.INT8, 0.1f, 0, weight);
    int b = constant(TensorType.INT32, 0.1f * 0.1f, 1);
    int y = value(TensorType.INT8, 0.1f, 0, 2, 1);
    return broken(BuiltinOperator.FULLY_CONNECTED, 5, y, List.of(), x, w, b);
  }
}
