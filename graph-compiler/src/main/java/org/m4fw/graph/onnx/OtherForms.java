package org.m4fw.graph.onnx;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/**
 * A graph that reads weights in other forms: an initializer that has one is called {@code
 * NAME.stored}, and nodes at the beginning make NAME of it. A weight stays as it is where its rows
 * are looked up from the mapped file, where adapters may replace it, and where something else than
 * a product reads its nibbles.
 */
final class OtherForms {
  private static final String HIGHEST_BITS = "const.uint8.136";

  private final ModelProto skeleton;
  private final SortedMap<String, Extent> externals;
  private final Map<Extent, StoredForm> forms;
  private final Map<String, Set<String>> readers = new HashMap<>();
  private final Set<String> inputs = new HashSet<>();
  private final List<NodeProto> nodes = new ArrayList<>();
  private final Map<String, TensorProto> constants = new LinkedHashMap<>();

  OtherForms(
      ModelProto skeleton, SortedMap<String, Extent> externals, Map<Extent, StoredForm> forms) {
    this.skeleton = skeleton;
    this.externals = externals;
    this.forms = forms;
    for (NodeProto node : skeleton.getGraph().getNodeList()) {
      node.getInputList()
          .forEach(
              input -> readers.computeIfAbsent(input, i -> new TreeSet<>()).add(node.getOpType()));
    }
    skeleton.getGraph().getInputList().stream().map(ValueInfoProto::getName).forEach(inputs::add);
  }

  CompiledModel model(GraphFacts facts) {
    SortedMap<String, Extent> found = new TreeMap<>(externals);
    ModelProto.Builder model = skeleton.toBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      String name = tensor.getName();
      Extent extent = externals.get(name);
      StoredForm form = extent == null ? null : forms.get(extent);
      if (form != null && isTaken(tensor, form)) {
        found.remove(name);
        found.put(name + ".stored", form.extent());
        read(tensor, form);
      }
    }
    constants.values().forEach(graph::addInitializer);
    List<NodeProto> rest = List.copyOf(graph.getNodeList());
    graph.clearNode().addAllNode(nodes).addAllNode(rest);
    return new CompiledModel(model.build(), found, facts);
  }

  private boolean isTaken(TensorProto.Builder tensor, StoredForm form) {
    Set<String> operators = readers.getOrDefault(tensor.getName(), Set.of());
    if (inputs.contains(tensor.getName())) {
      return false;
    }
    return switch (form) {
      case StoredForm.TurnedNibbles turned -> operators.equals(Set.of("MatMulNBits"));
      case StoredForm.OtherAxes other -> !operators.contains("GatherBlockQuantized");
    };
  }

  private void read(TensorProto.Builder tensor, StoredForm form) {
    String name = tensor.getName();
    String stored = name + ".stored";
    tensor.setName(stored);
    switch (form) {
      case StoredForm.TurnedNibbles turned ->
          nodes.add(node("BitwiseXor", name, stored, highestBits()).build());
      case StoredForm.OtherAxes(Extent extent, List<Long> dims, List<Integer> order) -> {
        List<Long> before = List.copyOf(tensor.getDimsList());
        tensor.clearDims();
        order.forEach(axis -> tensor.addDims(requireNonNull(dims.get(axis))));
        boolean sameAxes = before.equals(dims);
        String turned = sameAxes ? name : name + ".axes";
        nodes.add(
            node("Transpose", turned, stored)
                .addAttribute(
                    AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(inverse(order)))
                .build());
        if (!sameAxes) {
          nodes.add(node("Reshape", name, turned, shape(before)).build());
        }
      }
    }
  }

  private static NodeProto.Builder node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setName(output)
        .setOpType(operator)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }

  private static List<Long> inverse(List<Integer> order) {
    Long[] inverse = new Long[order.size()];
    for (int axis = 0; axis < inverse.length; axis++) {
      inverse[order.get(axis)] = (long) axis;
    }
    return List.of(inverse);
  }

  private String highestBits() {
    constants.putIfAbsent(
        HIGHEST_BITS,
        TensorProto.newBuilder()
            .setName(HIGHEST_BITS)
            .setDataType(ElementType.UINT8.onnxNumber())
            .setRawData(ByteString.copyFrom(new byte[] {(byte) 0x88}))
            .build());
    return HIGHEST_BITS;
  }

  private String shape(List<Long> dims) {
    String name = "const.shape." + dims.toString().replaceAll("[^0-9]+", "-");
    ByteBuffer bytes = ByteBuffer.allocate(8 * dims.size()).order(ByteOrder.LITTLE_ENDIAN);
    dims.forEach(bytes::putLong);
    constants.putIfAbsent(
        name,
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(ElementType.INT64.onnxNumber())
            .addDims(dims.size())
            .setRawData(ByteString.copyFrom(bytes.array()))
            .build());
    return name;
  }
}
