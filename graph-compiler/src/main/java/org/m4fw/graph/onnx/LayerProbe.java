package org.m4fw.graph.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/**
 * The product of one layer of a compiled graph as a graph of its own: {@code x} [rows, in] to
 * {@code product} [rows, out], the layer's bias and adapter left out. What a weight is after
 * quantization, in whatever layout, is found by multiplying rows of the identity with it.
 */
public final class LayerProbe {
  /** Its input. */
  public static final String INPUT = "x";

  private final GraphProto graph;
  private final Map<String, NodeProto> makers = new HashMap<>();
  private final Set<String> constants = new HashSet<>();

  private LayerProbe(CompiledModel model) {
    this.graph = model.skeleton().getGraph();
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(output -> makers.put(output, node));
    }
    graph.getInitializerList().forEach(tensor -> constants.add(tensor.getName()));
  }

  /**
   * The product at an attachment point that is scaled, as there the bias is added last.
   *
   * @return empty if the graph has no such point, or makes its product of more than the layer's
   *     input
   */
  public static Optional<CompiledModel> of(CompiledModel model, AttachmentPoint point) {
    LayerProbe probe = new LayerProbe(model);
    Optional<NodeProto> down = probe.reading(point.inputA(), "MatMul");
    Optional<NodeProto> sum =
        probe
            .reading(point.inputB(), "MatMul")
            .flatMap(up -> probe.reading(up.getOutput(0), "Add"));
    if (!point.scaled() || down.isEmpty() || sum.isEmpty()) {
      return Optional.empty();
    }
    return probe.cut(model, point, down.get().getInput(0), sum.get().getInput(0));
  }

  private Optional<NodeProto> reading(String value, String type) {
    return graph.getNodeList().stream()
        .filter(node -> node.getOpType().equals(type) && node.getInputList().contains(value))
        .findFirst();
  }

  private Optional<CompiledModel> cut(
      CompiledModel model, AttachmentPoint point, String x, String product) {
    Set<String> wanted = new HashSet<>();
    Set<NodeProto> nodes = new LinkedHashSet<>();
    if (!collect(product, x, wanted, nodes) || !wanted.contains(x)) {
      return Optional.empty();
    }
    GraphProto.Builder cut = GraphProto.newBuilder().setName(point.name());
    for (NodeProto node : graph.getNodeList()) {
      if (nodes.contains(node)) {
        NodeProto.Builder renamed = node.toBuilder();
        for (int i = 0; i < node.getInputCount(); i++) {
          renamed.setInput(i, node.getInput(i).equals(x) ? INPUT : node.getInput(i));
        }
        cut.addNode(renamed);
      }
    }
    SortedMap<String, Extent> externals = new TreeMap<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      if (wanted.contains(tensor.getName())) {
        cut.addInitializer(tensor);
        Extent extent = model.externals().get(tensor.getName());
        if (extent != null) {
          externals.put(tensor.getName(), extent);
        }
      }
    }
    cut.addInput(port(model, INPUT, point.in()));
    cut.addOutput(port(model, product, point.out()));
    return Optional.of(
        new CompiledModel(
            model.skeleton().toBuilder().setGraph(cut).build(), externals, facts(model)));
  }

  private static ValueInfoProto port(CompiledModel model, String name, long width) {
    ElementType type = model.facts().arithmetic();
    return Ports.proto(new Port(name, type, List.of(Port.symbolic("rows"), Port.fixed(width))));
  }

  private static GraphFacts facts(CompiledModel model) {
    GraphFacts whole = model.facts();
    return new GraphFacts(
        whole.architecture(),
        whole.target(),
        whole.arithmetic(),
        AdapterInputs.NONE,
        Optional.empty(),
        SpecialTokens.none(),
        List.of());
  }

  /** All that a value is made of, down to x and to weights; false if there is anything else. */
  private boolean collect(String value, String x, Set<String> wanted, Set<NodeProto> nodes) {
    if (value.isEmpty() || !wanted.add(value) || value.equals(x)) {
      return true;
    }
    NodeProto maker = makers.get(value);
    if (maker == null) {
      return constants.contains(value);
    }
    nodes.add(maker);
    for (String input : maker.getInputList()) {
      if (!collect(input, x, wanted, nodes)) {
        return false;
      }
    }
    return true;
  }
}
