package org.m4fw.tests.lite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;
import org.m4fw.graph.tflite.TensorType;

/**
 * What the NNAPI delegate of TensorFlow Lite refuses, and what NNAPI and the 8-bit quantization
 * specification demand of quantized operands. Written from the delegate's list and these documents,
 * not from what writes the files.
 */
final class NnapiRules {
  private static final int MOST_AXES = 4;

  /** Inputs that the delegate reads when it takes the graph. */
  private static final Map<String, List<Integer>> CONSTANT =
      Map.ofEntries(
          Map.entry("CONV_2D", List.of(1, 2)),
          Map.entry("DEPTHWISE_CONV_2D", List.of(1, 2)),
          Map.entry("MEAN", List.of(1)),
          Map.entry("PAD", List.of(1)),
          Map.entry("PADV2", List.of(1)),
          Map.entry("REDUCE_MAX", List.of(1)),
          Map.entry("RESHAPE", List.of(1)),
          Map.entry("RESIZE_NEAREST_NEIGHBOR", List.of(1)),
          Map.entry("SLICE", List.of(1, 2)),
          Map.entry("STRIDED_SLICE", List.of(1, 2, 3)),
          Map.entry("TRANSPOSE", List.of(1)),
          Map.entry("TRANSPOSE_CONV", List.of(0, 1)));

  /** Operators whose quantized operands all have the scale and zero point of the result. */
  private static final Set<String> ALIKE =
      Set.of(
          "CONCATENATION",
          "GATHER",
          "MAXIMUM",
          "MINIMUM",
          "PAD",
          "PADV2",
          "REDUCE_MAX",
          "RESHAPE",
          "RESIZE_NEAREST_NEIGHBOR",
          "SLICE",
          "STRIDED_SLICE",
          "TRANSPOSE");

  private static final Map<String, Quantization> FIXED =
      Map.of(
          "SOFTMAX", affine(1 / 256f, -128),
          "LOGISTIC", affine(1 / 256f, -128),
          "TANH", affine(1 / 128f, 0),
          "L2_NORMALIZATION", affine(1 / 128f, 0));

  private final Map<String, Integer> newest = new HashMap<>();
  private final Set<String> wholeNumbers = new HashSet<>();

  /**
   * @param list {@code tflite_nnapi_delegate.json}
   */
  NnapiRules(Path list) {
    for (Fields entry : StrictJson.readObject(list).objects("ops")) {
      String name = entry.string("op");
      if (!entry.node().path("max_tflite_op_version").isNull()) {
        newest.put(name, (int) entry.integer("max_tflite_op_version", 1, 100));
      }
      if (entry.bool("int8_capable", false)) {
        wholeNumbers.add(name);
      }
    }
  }

  private static Quantization affine(float scale, long zeroPoint) {
    return new Quantization.Affine(List.of(scale), List.of(zeroPoint), 0);
  }

  /** How many operators take whole numbers. */
  int count() {
    return wholeNumbers.size();
  }

  /** What is broken, one line each; empty if the delegate takes all of the graph. */
  List<String> broken(Signature graph) {
    List<String> broken = new ArrayList<>();
    for (Operation operation : graph.operations()) {
      for (String rule : new Check(operation, graph).run()) {
        broken.add("%s for %s: %s".formatted(operation.operator(), operation.origin(), rule));
      }
    }
    return broken;
  }

  private final class Check {
    private final Operation operation;
    private final Signature graph;
    private final String type;
    private final List<String> broken = new ArrayList<>();

    Check(Operation operation, Signature graph) {
      this.operation = operation;
      this.graph = graph;
      this.type = operation.operator().name();
    }

    List<String> run() {
      require(wholeNumbers.contains(type), "not taken in whole numbers");
      require(
          operation.version() <= newest.getOrDefault(type, Integer.MAX_VALUE),
          "version " + operation.version());
      for (int i = 0; i < operation.inputs().size(); i++) {
        operand(input(i), i);
      }
      operation.outputs().forEach(output -> result(graph.tensors().get(output)));
      operation.options().forEach(this::option);
      alike();
      switch (type) {
        case "CONV_2D" -> convolution(0);
        case "FULLY_CONNECTED" -> layer();
        case "DEPTHWISE_CONV_2D" -> convolution(3);
        case "BATCH_MATMUL" -> product();
        case "GATHER" -> require(input(1).type() == TensorType.INT32, "positions of another type");
        case "MEAN", "REDUCE_MAX" -> require(!output().shape().isEmpty(), "a scalar as result");
        default -> {}
      }
      return broken;
    }

    private Tensor input(int index) {
      return graph.tensors().get(operation.inputs().get(index));
    }

    private Tensor output() {
      return graph.tensors().get(operation.outputs().getFirst());
    }

    private void require(boolean holds, String rule) {
      if (!holds) {
        broken.add(rule);
      }
    }

    private void operand(Tensor tensor, int index) {
      require(tensor.shape().size() <= MOST_AXES, tensor.name() + " has too many axes");
      require(tensor.shape().stream().allMatch(size -> size > 0), tensor.name() + " is empty");
      boolean constant = CONSTANT.getOrDefault(type, List.of()).contains(index);
      require(!constant || tensor.buffer() != 0, tensor.name() + " is not constant");
      require(
          tensor.type() == (isOf32Bits(index) ? TensorType.INT32 : TensorType.INT8),
          "%s is %s".formatted(tensor.name(), tensor.type()));
    }

    /** Sizes, axes, positions and biases. */
    private boolean isOf32Bits(int index) {
      return switch (type) {
        case "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED" -> index == 2;
        case "TRANSPOSE_CONV" -> index == 0 || index == 3;
        case "PADV2", "GATHER" -> index == 1;
        default -> CONSTANT.getOrDefault(type, List.of()).contains(index);
      };
    }

    private void result(Tensor tensor) {
      require(tensor.type() == TensorType.INT8, "%s is %s".formatted(tensor.name(), tensor.type()));
      require(tensor.shape().size() <= MOST_AXES, tensor.name() + " has too many axes");
      Quantization wanted = FIXED.get(type);
      require(
          wanted == null || tensor.quantization().filter(wanted::equals).isPresent(),
          "%s is stored as %s".formatted(tensor.name(), tensor.quantization()));
      require(
          tensor.quantization().orElseThrow() instanceof Quantization.Affine affine
              && affine.scales().size() == 1
              && affine.zeroPoints().getFirst() >= -128
              && affine.zeroPoints().getFirst() <= 127,
          tensor.name() + " has several scales, or no zero point of eight bits");
    }

    /** No activation may be fused, and softmax has no factor. */
    private void option(Option option) {
      int activation =
          switch (type) {
            case "ADD", "FULLY_CONNECTED", "SUB", "MUL", "L2_NORMALIZATION" -> 0;
            case "CONCATENATION" -> 1;
            case "CONV_2D" -> 3;
            case "DEPTHWISE_CONV_2D" -> 4;
            default -> -1;
          };
      require(
          option.slot() != activation
              || (option instanceof Option.Choice(int slot, int value) && value == 0),
          "a fused activation");
      require(
          !type.equals("SOFTMAX")
              || (option instanceof Option.Real(int slot, float value) && value == 1),
          "a factor");
      require(
          !type.equals("RESIZE_NEAREST_NEIGHBOR")
              || (option instanceof Option.Flag(int slot, boolean value) && !value),
          "corners aligned, or half pixels");
    }

    private void alike() {
      if (!ALIKE.contains(type)) {
        return;
      }
      for (int i = 0; i < operation.inputs().size(); i++) {
        Tensor tensor = input(i);
        require(
            tensor.type() != TensorType.INT8
                || tensor.quantization().equals(output().quantization()),
            tensor.name() + " has another scale than the result");
      }
    }

    private void convolution(int axis) {
      require(operation.inputs().size() == 3, "no bias");
      if (operation.inputs().size() != 3) {
        return;
      }
      Quantization.Affine kernel = affine(input(1));
      Quantization.Affine bias = affine(input(2));
      float step = affine(input(0)).scales().getFirst();
      require(kernel.axis() == axis, "scales along another axis");
      require(kernel.zeroPoints().stream().allMatch(zero -> zero == 0), "a kernel's zero point");
      require(bias.zeroPoints().stream().allMatch(zero -> zero == 0), "a bias's zero point");
      require(bias.scales().size() == kernel.scales().size(), "a bias of other scales");
      for (int i = 0; i < Math.min(bias.scales().size(), kernel.scales().size()); i++) {
        float product = step * kernel.scales().get(i);
        require(
            Math.abs(bias.scales().get(i) - product) <= 1e-6f * product,
            "a bias in other steps than the products");
      }
    }

    /** A weight may be given when the graph runs; it has one scale. */
    private void layer() {
      require(input(1).shape().size() == 2, "a weight that is no matrix");
      require(affine(input(1)).scales().size() == 1, "a scale per row");
      convolution(0);
    }

    /** That the right operand has no zero point is what LiteRT's CPU delegate wants. */
    private void product() {
      List<Integer> left = input(0).shape();
      List<Integer> right = input(1).shape();
      require(left.size() >= 2 && left.size() == right.size(), "operands of different ranks");
      require(
          left.size() == right.size()
              && left.subList(0, left.size() - 2).equals(right.subList(0, right.size() - 2)),
          "a product that is broadcast");
      require(affine(input(1)).zeroPoints().getFirst() == 0, "a right operand with a zero point");
    }

    private static Quantization.Affine affine(Tensor tensor) {
      return (Quantization.Affine) tensor.quantization().orElseThrow();
    }
  }
}
