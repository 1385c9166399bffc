package org.m4fw.tests.rules;

import static org.m4fw.tests.rules.OnnxTypes.attribute;
import static org.m4fw.tests.rules.OnnxTypes.has;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;

/**
 * What TensorRT 10 asks of an ONNX graph that is to become a strongly typed network: the operators
 * and types of its parser, the restrictions beside them (docs/operators.md of onnx-tensorrt, commit
 * 96e7811), and those of explicit quantization (TensorRT's guide, "Quantized types": zero point 0;
 * whole numbers of four bits for weights only, in blocks of 64 or 128 along one of the last two
 * axes).
 */
final class TensorRtRules {
  private static final Set<String> SAME_TYPES =
      Set.of(
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Pow",
          "MatMul",
          "Gemm",
          "Conv",
          "ConvTranspose",
          "Concat",
          "Max",
          "Min",
          "Equal",
          "Less",
          "LessOrEqual",
          "Greater",
          "GreaterOrEqual",
          "And",
          "Or",
          "PRelu",
          "LayerNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "Mod");
  private static final Set<String> ARITHMETIC =
      Set.of("FP32", "FP16", "BF16", "INT32", "INT64", "BOOL", "INT8", "INT4");
  private static final Set<String> MODES = Set.of("nearest", "linear");
  private static final Set<String> TRANSFORMATIONS =
      Set.of(
          "half_pixel",
          "pytorch_half_pixel",
          "tf_half_pixel_for_nn",
          "asymmetric",
          "align_corners");
  private static final Set<String> ROUNDINGS =
      Set.of("floor", "ceil", "round_prefer_floor", "round_prefer_ceil");
  private static final long FIRST_OPSET_WITH_FOUR_BITS = 21;

  private final Map<String, Set<String>> operators;
  private final OnnxTypes types;
  private final Map<String, TensorProto> constants;
  private final List<String> broken = new ArrayList<>();

  private TensorRtRules(ModelProto model) {
    this.operators = operators();
    GraphProto graph = model.getGraph();
    this.types = new OnnxTypes(graph);
    this.constants =
        graph.getInitializerList().stream()
            .collect(Collectors.toMap(TensorProto::getName, tensor -> tensor));
  }

  /** What the graph breaks, node by node; empty if TensorRT takes it. */
  static List<String> broken(ModelProto model) {
    TensorRtRules rules = new TensorRtRules(model);
    model.getGraph().getNodeList().forEach(rules::check);
    boolean fourBits =
        rules.constants.values().stream()
            .anyMatch(tensor -> tensor.getDataType() == OnnxTypes.INT4);
    if (fourBits && model.getOpsetImport(0).getVersion() < FIRST_OPSET_WITH_FOUR_BITS) {
      rules.broken.add("INT4 needs operator set 21");
    }
    return rules.broken;
  }

  private static Map<String, Set<String>> operators() {
    Map<String, Set<String>> operators = new HashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    TensorRtRules.class.getResourceAsStream("tensorrt-operators.txt")),
                StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(": "))
          .forEach(row -> operators.put(row[0], Set.of(row[1].split(" "))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return operators;
  }

  private void demand(boolean holds, NodeProto node, String rule) {
    if (!holds) {
      broken.add("%s %s: %s".formatted(node.getOpType(), node.getName(), rule));
    }
  }

  private void check(NodeProto node) {
    String type = node.getOpType();
    Set<String> taken = operators.get(type);
    demand(node.getDomain().isEmpty() && taken != null, node, "is not implemented");
    if (taken == null) {
      return;
    }
    String governing = types.name(governing(node));
    demand(taken.contains(governing), node, "does not take " + governing);
    for (String output : node.getOutputList()) {
      demand(ARITHMETIC.contains(types.name(output)), node, "gives " + types.name(output));
    }
    if (SAME_TYPES.contains(type)) {
      long different = node.getInputList().stream().map(types::name).distinct().count();
      demand(different == 1, node, "mixes types in a strongly typed network");
    }
    restrictions(node);
  }

  /** The value whose type the list speaks of. */
  private static String governing(NodeProto node) {
    return switch (node.getOpType()) {
      case "Where" -> node.getInput(1);
      case "Constant", "ConstantOfShape" -> node.getOutput(0);
      default -> node.getInput(0);
    };
  }

  private void restrictions(NodeProto node) {
    String type = node.getOpType();
    switch (type) {
      case "Slice" -> constant(node, 3, "axes");
      case "Pad" -> constant(node, 3, "axes");
      case "Squeeze", "Unsqueeze", "CumSum" -> constant(node, 1, "axes");
      case "LayerNormalization" -> demand(node.getOutputCount() == 1, node, "has more outputs");
      case "AveragePool", "MaxPool" ->
          demand(
              attribute(node, "dilations").getIntsList().stream().allMatch(d -> d == 1)
                  && node.getOutputCount() == 1,
              node,
              "dilations or indices");
      case "ScatterND" -> demand(!has(node, "reduction"), node, "reduction");
      case "TopK" -> {
        demand(!has(node, "sorted") || attribute(node, "sorted").getI() == 1, node, "not sorted");
        constant(node, 1, "k");
      }
      case "Resize" -> resize(node);
      case "QuantizeLinear" -> zeroPoint(node);
      case "DequantizeLinear" -> dequantize(node);
      default -> {
        if (type.startsWith("Reduce")) {
          constant(node, 1, "axes");
        }
      }
    }
  }

  private void constant(NodeProto node, int input, String name) {
    boolean there = node.getInputCount() > input && !node.getInput(input).isEmpty();
    demand(
        !there || constants.containsKey(node.getInput(input)),
        node,
        name + " has to be an initializer");
  }

  private void resize(NodeProto node) {
    demand(MODES.contains(text(node, "mode", "nearest")), node, "mode");
    demand(
        TRANSFORMATIONS.contains(text(node, "coordinate_transformation_mode", "half_pixel")),
        node,
        "coordinate_transformation_mode");
    demand(
        ROUNDINGS.contains(text(node, "nearest_mode", "round_prefer_floor")), node, "nearest_mode");
    demand(text(node, "keep_aspect_ratio_policy", "stretch").equals("stretch"), node, "policy");
    demand(attribute(node, "antialias").getI() == 0, node, "antialias");
  }

  private static String text(NodeProto node, String name, String otherwise) {
    return has(node, name) ? attribute(node, name).getS().toStringUtf8() : otherwise;
  }

  private void zeroPoint(NodeProto node) {
    boolean given = node.getInputCount() > 2 && !node.getInput(2).isEmpty();
    if (!given) {
      return;
    }
    TensorProto zero = constants.get(node.getInput(2));
    demand(zero != null && allZero(zero), node, "zero point is not 0");
  }

  private static boolean allZero(TensorProto tensor) {
    var bytes = tensor.getRawData();
    boolean here = tensor.getDataLocation() == TensorProto.DataLocation.DEFAULT;
    return here
        && IntStream.range(0, bytes.size()).allMatch(at -> bytes.byteAt(at) == 0)
        && tensor.getInt32DataList().stream().allMatch(value -> value == 0);
  }

  private void dequantize(NodeProto node) {
    zeroPoint(node);
    TensorProto weights = constants.get(node.getInput(0));
    TensorProto scales = constants.get(node.getInput(1));
    demand(scales != null, node, "scales have to be an initializer");
    if (scales == null) {
      return;
    }
    if (types.name(node.getInput(0)).equals("INT4")) {
      fourBits(node, weights, scales);
    } else {
      demand(attribute(node, "block_size").getI() == 0, node, "blocks of eight bits");
      long rank = scales.getDimsCount();
      demand(rank <= 1, node, "scales of rank " + rank);
      // Per channel is for weights only.
      demand(
          rank == 0 || weights != null || scales.getDims(0) == 1, node, "activations by channel");
    }
    demand(positive(scales), node, "a scale that is not positive");
  }

  private void fourBits(NodeProto node, @Nullable TensorProto weights, TensorProto scales) {
    demand(weights != null, node, "INT4 is for weights only");
    if (weights == null) {
      return;
    }
    long block = attribute(node, "block_size").getI();
    int rank = weights.getDimsCount();
    long axis = has(node, "axis") ? attribute(node, "axis").getI() : 1;
    long from = axis < 0 ? axis + rank : axis;
    demand(block == 64 || block == 128, node, "blocks of " + block);
    demand(from >= rank - 2L && from < rank, node, "blocks along axis " + axis);
    for (int d = 0; d < rank && from < rank; d++) {
      long many = weights.getDims(d);
      long wanted = d == from ? many / block : many;
      demand(
          scales.getDimsCount() == rank
              && scales.getDims(d) == wanted
              && (d != from || many % block == 0),
          node,
          "scales do not fit the blocks");
    }
  }

  /** Of scales in the graph itself; those in other files are not looked at. */
  private static boolean positive(TensorProto scales) {
    if (scales.getDataLocation() != TensorProto.DataLocation.DEFAULT) {
      return true;
    }
    var bytes = scales.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    return switch (scales.getDataType()) {
      case OnnxTypes.FP32 ->
          IntStream.range(0, bytes.remaining() / 4).allMatch(at -> bytes.getFloat(4 * at) > 0);
      case OnnxTypes.FP16 ->
          IntStream.range(0, bytes.remaining() / 2)
              .allMatch(at -> Float.float16ToFloat(bytes.getShort(2 * at)) > 0);
      default -> false;
    };
  }
}
