package org.m4fw.graph.importer.onnx;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.NodeProto;

/**
 * What each initializer is to the model, told from how nodes use it. A matrix becomes that of a
 * linear layer, or a table, only if every use of it is of that kind: what is stored in few bits
 * cannot be an operand of anything else.
 */
final class WeightUses {
  private final Map<String, Tensor> weights;
  private final Map<String, String> transposed = new HashMap<>();
  private final Map<String, EnumSet<Weight.Role>> roles = new HashMap<>();
  private final Set<String> outputs;

  private WeightUses(Map<String, Tensor> weights, Set<String> outputs) {
    this.weights = weights;
    this.outputs = outputs;
  }

  static WeightUses of(List<NodeProto> nodes, Map<String, Tensor> weights, Set<String> outputs) {
    WeightUses uses = new WeightUses(weights, outputs);
    nodes.forEach(uses::findTransposed);
    nodes.forEach(uses::add);
    return uses;
  }

  /** What it is; a parameter like any other if it is several things. */
  Weight.Role role(String name) {
    EnumSet<Weight.Role> found = roles.getOrDefault(name, EnumSet.noneOf(Weight.Role.class));
    if (found.equals(EnumSet.of(Weight.Role.EMBEDDING, Weight.Role.LINEAR))) {
      return Weight.Role.EMBEDDING;
    }
    return found.size() == 1 ? found.iterator().next() : Weight.Role.PARAMETER;
  }

  boolean isUsed(String name) {
    return roles.containsKey(name);
  }

  /** Whether the node is the whole of x·Wᵀ (and what a Gemm adds) over a matrix of layers. */
  boolean isLinear(NodeProto node) {
    String matrix = linearMatrix(node);
    return !matrix.isEmpty() && isMatrixOfLayers(matrix);
  }

  /** The matrix [out, in] of a linear layer; empty if the node is no linear layer. */
  String linearMatrix(NodeProto node) {
    if (node.getInputCount() < 2) {
      return "";
    }
    String second = node.getInput(1);
    return switch (node.getOpType()) {
      case "Gemm" -> isPlainGemm(node) && isMatrix(second) ? second : "";
      case "MatMul" -> transposed.getOrDefault(second, "");
      default -> "";
    };
  }

  boolean isLookup(NodeProto node) {
    return isGatherOfRows(node) && isMatrixOfLayers(node.getInput(0));
  }

  /** Whether the node only transposes the matrix of a linear layer. */
  boolean isAbsorbed(NodeProto node) {
    return node.getOutputCount() == 1
        && transposed.containsKey(node.getOutput(0))
        && isMatrixOfLayers(node.getInput(0));
  }

  private boolean isMatrixOfLayers(String name) {
    Weight.Role role = role(name);
    return role == Weight.Role.LINEAR || role == Weight.Role.EMBEDDING;
  }

  private void findTransposed(NodeProto node) {
    boolean swap =
        node.getOpType().equals("Transpose")
            && node.getInputCount() == 1
            && node.getOutputCount() == 1
            && isMatrix(node.getInput(0))
            && !outputs.contains(node.getOutput(0))
            && (node.getAttributeCount() == 0
                || node.getAttribute(0).getIntsList().equals(List.of(1L, 0L)));
    if (swap) {
      transposed.put(node.getOutput(0), node.getInput(0));
    }
  }

  private void add(NodeProto node) {
    boolean swap = node.getOutputCount() == 1 && transposed.containsKey(node.getOutput(0));
    String matrix = linearMatrix(node);
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      if (weights.containsKey(input) && !swap) {
        add(input, role(node, i, matrix));
      }
      // Any other use of a transposed matrix needs it as numbers.
      String original = transposed.getOrDefault(input, "");
      if (!original.isEmpty()) {
        add(
            original,
            i == 1 && original.equals(matrix) ? Weight.Role.LINEAR : Weight.Role.PARAMETER);
      }
    }
  }

  private void add(String weight, Weight.Role role) {
    roles.computeIfAbsent(weight, name -> EnumSet.noneOf(Weight.Role.class)).add(role);
  }

  private Weight.Role role(NodeProto node, int input, String matrix) {
    return switch (node.getOpType()) {
      case "Gemm" ->
          input == 1 && !matrix.isEmpty()
              ? Weight.Role.LINEAR
              : input == 2 ? Weight.Role.BIAS : Weight.Role.PARAMETER;
      case "Gather" ->
          input == 0 && isGatherOfRows(node) ? Weight.Role.EMBEDDING : Weight.Role.PARAMETER;
      case "Conv", "ConvTranspose" ->
          input == 1
              ? Weight.Role.CONVOLUTION
              : input == 2 ? Weight.Role.BIAS : Weight.Role.PARAMETER;
      case "LayerNormalization",
          "BatchNormalization",
          "InstanceNormalization",
          "GroupNormalization" ->
          input > 0 ? Weight.Role.NORM : Weight.Role.PARAMETER;
      default -> Weight.Role.PARAMETER;
    };
  }

  private boolean isGatherOfRows(NodeProto node) {
    return node.getOpType().equals("Gather")
        && node.getInputCount() == 2
        && isMatrix(node.getInput(0))
        && !weights.containsKey(node.getInput(1))
        && integer(node, "axis", 0) == 0;
  }

  private static boolean isPlainGemm(NodeProto node) {
    return integer(node, "transA", 0) == 0
        && integer(node, "transB", 0) == 1
        && real(node, "alpha") == 1
        && real(node, "beta") == 1;
  }

  private boolean isMatrix(String name) {
    Tensor tensor = weights.get(name);
    if (tensor == null) {
      return false;
    }
    Shape shape = tensor.shape();
    return shape.rank() == 2 && shape.dim(0) > 0 && shape.dim(1) > 0;
  }

  private static long integer(NodeProto node, String name, long otherwise) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .mapToLong(AttributeProto::getI)
        .findFirst()
        .orElse(otherwise);
  }

  private static double real(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .mapToDouble(AttributeProto::getF)
        .findFirst()
        .orElse(1);
  }
}
