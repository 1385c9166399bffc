package org.m4fw.graph.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Tensor;

/** Tensors and operations of one graph under construction. */
final class LiteGraph {
  private final LiteBuffers buffers;
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private final Map<Tensor, Integer> constants = new HashMap<>();

  LiteGraph(LiteBuffers buffers) {
    this.buffers = buffers;
  }

  List<Tensor> tensors() {
    return tensors;
  }

  /** The operations that lead to these tensors. */
  List<Operation> operations(Collection<Integer> outputs) {
    Set<Integer> needed = new HashSet<>(outputs);
    List<Operation> kept = new ArrayList<>();
    for (Operation operation : operations.reversed()) {
      if (operation.outputs().stream().anyMatch(needed::contains)) {
        kept.addFirst(operation);
        needed.addAll(operation.inputs());
      }
    }
    return kept;
  }

  Tensor tensor(int number) {
    return tensors.get(number);
  }

  List<Integer> shape(int tensor) {
    return tensors.get(tensor).shape();
  }

  /** A value that is given or computed. */
  int value(String name, TensorType type, List<Integer> shape) {
    return value(name, type, shape, Optional.empty());
  }

  int value(
      String name, TensorType type, List<Integer> shape, Optional<Quantization> quantization) {
    tensors.add(new Tensor(name, type, shape, 0, quantization));
    return tensors.size() - 1;
  }

  /** A value of the same kind of numbers as another, in another shape. */
  int valueLike(String name, int other, List<Integer> shape) {
    return value(name, tensor(other).type(), shape, tensor(other).quantization());
  }

  /** The same numbers stored as whole numbers of other steps, if they are not stored so already. */
  int requantized(String origin, String name, int input, Quantization quantization) {
    if (tensor(input).quantization().filter(quantization::equals).isPresent()) {
      return input;
    }
    int output = value(name, tensor(input).type(), shape(input), Optional.of(quantization));
    return op(BuiltinOperator.QUANTIZE, 1, List.of(), origin, output, input);
  }

  /** A constant; the same again is the same tensor. */
  int constant(
      String name,
      TensorType type,
      List<Integer> shape,
      Content content,
      Optional<Quantization> quantization) {
    Tensor tensor = new Tensor(name, type, shape, buffers.add(content), quantization);
    return constants.computeIfAbsent(
        tensor,
        key -> {
          tensors.add(key);
          return tensors.size() - 1;
        });
  }

  int ints(List<Integer> values) {
    return ints(values, List.of(values.size()));
  }

  int ints(List<Integer> values, List<Integer> shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.size()).order(ByteOrder.LITTLE_ENDIAN);
    values.forEach(bytes::putInt);
    StringBuilder name = new StringBuilder("const.int32");
    values.forEach(value -> name.append('.').append(value));
    return constant(
        name.toString(),
        TensorType.INT32,
        shape,
        new Content.Given(bytes.array()),
        Optional.empty());
  }

  int zeros(int count) {
    return constant(
        "const.zeros." + count,
        TensorType.FLOAT32,
        List.of(count),
        new Content.Given(new byte[4 * count]),
        Optional.empty());
  }

  /** A number without dimensions. */
  int real(float value) {
    return constant(
        "const.float32." + value,
        TensorType.FLOAT32,
        List.of(),
        new Content.Given(
            ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array()),
        Optional.empty());
  }

  /**
   * An operation with one output; gives the output's number.
   *
   * @param version the lowest one in floating point
   */
  int op(
      BuiltinOperator operator,
      int version,
      List<Option> options,
      String origin,
      int output,
      Integer... inputs) {
    List<Tensor> given =
        Arrays.stream(inputs).filter(input -> input >= 0).map(this::tensor).toList();
    int lowest = LiteVersions.lowest(operator, version, given, List.of(tensor(output)));
    operations.add(
        new Operation(operator, lowest, List.of(inputs), List.of(output), options, origin));
    return output;
  }

  int transpose(String origin, String name, int input, List<Integer> order) {
    List<Integer> shape = order.stream().map(axis -> shape(input).get(axis)).toList();
    int output = valueLike(name, input, shape);
    return op(BuiltinOperator.TRANSPOSE, 1, List.of(), origin, output, input, ints(order));
  }

  int reshape(String origin, String name, int input, List<Integer> shape) {
    int output = valueLike(name, input, shape);
    return op(BuiltinOperator.RESHAPE, 1, List.of(), origin, output, input, ints(shape));
  }
}
