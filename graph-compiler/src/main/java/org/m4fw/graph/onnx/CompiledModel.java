package org.m4fw.graph.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.WeightSlot;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.StringStringEntryProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/**
 * An ONNX graph whose weights are still where they were made. It is written to a directory or an
 * image by saying where each extent comes to lie.
 *
 * <p>The file format is ONNX (ir_version 10) with external data; a weight's {@code external_data}
 * has {@code location}, {@code offset} and {@code length}.
 */
public final class CompiledModel {
  private final ModelProto skeleton;
  private final SortedMap<String, Extent> externals;
  private final GraphFacts facts;

  /** Values between operators that it can be asked for; they are no outputs of the component. */
  private final Set<String> observed;

  /**
   * @param skeleton with external initializers that do not say yet where their data are
   * @param externals by the initializer's name
   */
  CompiledModel(ModelProto skeleton, SortedMap<String, Extent> externals, GraphFacts facts) {
    this(skeleton, externals, facts, Set.of());
  }

  private CompiledModel(
      ModelProto skeleton,
      SortedMap<String, Extent> externals,
      GraphFacts facts,
      Set<String> observed) {
    this.observed = observed;
    this.skeleton = skeleton;
    this.externals = Collections.unmodifiableSortedMap(new TreeMap<>(externals));
    this.facts = facts;
  }

  /**
   * Reads a graph that was compiled before.
   *
   * @param file for messages
   * @param dataFile the whole data file that a location means
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxError}
   */
  public static CompiledModel read(String file, byte[] onnx, Function<String, Extent> dataFile) {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(onnx);
    } catch (InvalidProtocolBufferException e) {
      throw OnnxError.MALFORMED.at(file, "", String.valueOf(e.getMessage()));
    }
    GraphFacts facts =
        model.getMetadataPropsList().stream()
            .filter(entry -> entry.getKey().equals(GraphFacts.KEY))
            .findFirst()
            .map(entry -> GraphFacts.read(file, entry.getValueBytes().toByteArray()))
            .orElseThrow(() -> OnnxError.NOT_OURS.at(file, ""));
    FlatGraph.require(file, model);
    SortedMap<String, Extent> externals = new TreeMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        externals.put(tensor.getName(), ExternalData.read(file, tensor, dataFile));
      }
    }
    return new CompiledModel(model, externals, facts);
  }

  ModelProto skeleton() {
    return skeleton;
  }

  /** Where the weights are, by the initializer's name. */
  public SortedMap<String, Extent> externals() {
    return externals;
  }

  /** What one has to know to run it. */
  public GraphFacts facts() {
    return facts;
  }

  /** The inputs that have to be given, by name. */
  public SortedMap<String, Port> inputs() {
    Set<String> defaults = new HashSet<>();
    skeleton.getGraph().getInitializerList().forEach(tensor -> defaults.add(tensor.getName()));
    SortedMap<String, Port> inputs = new TreeMap<>();
    for (ValueInfoProto input : skeleton.getGraph().getInputList()) {
      if (!defaults.contains(input.getName())) {
        inputs.put(input.getName(), Ports.of(input));
      }
    }
    return inputs;
  }

  /** The weights that an adapter may bring its own of, by name. */
  public SortedMap<String, WeightSlot> weightSlots() {
    Set<String> given = new HashSet<>(inputs().keySet());
    for (AttachmentPoint point : facts.attachmentPoints()) {
      given.addAll(List.of(point.inputA(), point.inputB(), point.inputScale()));
    }
    SortedMap<String, WeightSlot> slots = new TreeMap<>();
    for (ValueInfoProto input : skeleton.getGraph().getInputList()) {
      if (!given.contains(input.getName())) {
        Port port = Ports.of(input);
        slots.put(port.name(), new WeightSlot(port.name(), port.type(), shape(port)));
      }
    }
    return slots;
  }

  /** The inputs that are for adapters, whether they have to be given or not, by name. */
  public SortedMap<String, Port> adapterInputs() {
    Set<String> names = new HashSet<>(weightSlots().keySet());
    for (AttachmentPoint point : facts.attachmentPoints()) {
      names.addAll(List.of(point.inputA(), point.inputB(), point.inputScale()));
    }
    SortedMap<String, Port> inputs = new TreeMap<>();
    for (ValueInfoProto input : skeleton.getGraph().getInputList()) {
      if (names.contains(input.getName())) {
        inputs.put(input.getName(), Ports.of(input));
      }
    }
    return inputs;
  }

  private static Shape shape(Port port) {
    List<Long> dims = new ArrayList<>();
    for (Port.Dim dim : port.dims()) {
      dims.add(dim instanceof Port.Dim.Fixed(long size) ? size : 0L);
    }
    return new Shape(dims);
  }

  /**
   * The same graph that reads weights in the form in which others have them.
   *
   * @param forms by the extent that the graph reads now
   */
  public CompiledModel reading(Map<Extent, StoredForm> forms) {
    return new OtherForms(skeleton, externals, forms).model(facts);
  }

  /**
   * The same graph that can also be asked for values between its operators; a runtime knows their
   * types. They do not count as {@link #outputs}.
   */
  public CompiledModel observing(Collection<String> values) {
    ModelProto.Builder model = skeleton.toBuilder();
    Set<String> between = new TreeSet<>(values);
    between.removeAll(outputs().keySet());
    for (String value : between) {
      model.getGraphBuilder().addOutput(ValueInfoProto.newBuilder().setName(value));
    }
    constantsFirst(model.getGraphBuilder());
    return new CompiledModel(model.build(), externals, facts, Set.copyOf(between));
  }

  /**
   * Brings what only decodes weights to the front. ONNX Runtime 1.29 goes back from the results and
   * takes the later one of two inputs first: where that is a weight, it decodes all weights of the
   * model before it computes anything, and holds them all. This way it decodes each where it is
   * needed.
   */
  private static void constantsFirst(GraphProto.Builder graph) {
    Set<String> constants = new HashSet<>(Set.of(""));
    graph.getInitializerList().forEach(initializer -> constants.add(initializer.getName()));
    List<NodeProto> first = new ArrayList<>();
    List<NodeProto> others = new ArrayList<>();
    for (NodeProto node : graph.getNodeList()) {
      boolean constant = constants.containsAll(node.getInputList());
      (constant ? first : others).add(node);
      if (constant) {
        constants.addAll(node.getOutputList());
      }
    }
    graph.clearNode().addAllNode(first).addAllNode(others);
  }

  /** Whether it can be asked for values between its operators. */
  public boolean isObserved() {
    return !observed.isEmpty();
  }

  /** The names of all that it gives, values between operators that are observed included. */
  public List<String> outputNames() {
    return skeleton.getGraph().getOutputList().stream().map(ValueInfoProto::getName).toList();
  }

  /** What it gives, by name; values of which only the name is known are left out. */
  public SortedMap<String, Port> outputs() {
    SortedMap<String, Port> outputs = new TreeMap<>();
    skeleton.getGraph().getOutputList().stream()
        .filter(output -> !observed.contains(output.getName()))
        .forEach(output -> outputs.put(output.getName(), Ports.of(output)));
    return outputs;
  }

  /**
   * Whether attention is one operator that updates its cache in place, as onnxruntime-genai wants.
   */
  public boolean hasFusedAttention() {
    return operatorCounts().containsKey("com.microsoft.GroupQueryAttention");
  }

  /**
   * Whether it looks at keys and values that another part gives, and so cannot run without them.
   */
  public boolean hasMemory() {
    return inputs().keySet().stream().anyMatch(name -> name.startsWith(Model.MEMORY_VALUES));
  }

  /** The operators used, sorted, {@code domain.} in front where it is not the standard's own. */
  public SortedMap<String, Integer> operatorCounts() {
    SortedMap<String, Integer> counts = new TreeMap<>();
    skeleton.getGraph().getNodeList().forEach(node -> counts.merge(name(node), 1, Integer::sum));
    return counts;
  }

  /** An operator of the graph, and the layer or step that it is for. */
  public record Use(String node, String operator) {}

  /** Every operator in the order of the graph, named as in {@link #operatorCounts}. */
  public List<Use> operators() {
    return skeleton.getGraph().getNodeList().stream()
        .map(node -> new Use(node.getName(), name(node)))
        .toList();
  }

  private static String name(NodeProto node) {
    return node.getDomain().isEmpty()
        ? node.getOpType()
        : node.getDomain() + "." + node.getOpType();
  }

  /** The bytes of the weights, in the order of the graph, each extent once. */
  public List<Extent> extents() {
    LinkedHashSet<Extent> extents = new LinkedHashSet<>();
    for (TensorProto tensor : skeleton.getGraph().getInitializerList()) {
      Extent extent = externals.get(tensor.getName());
      if (extent != null) {
        extents.add(extent);
      }
    }
    return new ArrayList<>(extents);
  }

  /** The graph as a file, with its weights at the given places. */
  public byte[] bytes(Function<Extent, Placement> placement) {
    ModelProto.Builder model = skeleton.toBuilder();
    List<TensorProto.Builder> initializers = model.getGraphBuilder().getInitializerBuilderList();
    for (TensorProto.Builder tensor : initializers) {
      Extent extent = externals.get(tensor.getName());
      if (extent != null) {
        Placement place = placement.apply(extent);
        tensor
            .clearExternalData()
            .addExternalData(entry("location", place.location()))
            .addExternalData(entry("offset", Long.toString(place.offset())))
            .addExternalData(entry("length", Long.toString(extent.length())));
      }
    }
    return model.build().toByteArray();
  }

  static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
