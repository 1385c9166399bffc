package org.m4fw.quantizer.calibration;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * Takes calibration data through a model on this machine and stops before each set of linear layers
 * that read the same value, to let someone choose their weights in view of it. The data goes
 * through twice side by side: through the layers as they were quantized so far, and through the
 * unquantized ones. In memory are the layers between two stops and a portion of the data.
 */
public final class LayerWalk {
  private static final Target HOST = Targets.find("host");

  private final String name;
  private final CalibrationData data;
  private final Products products;
  private final Visitor visitor;

  /** Chooses weights. */
  public interface Visitor {
    /** Whether a weight is one to stop for. */
    boolean stopsFor(Weight weight);

    /** A weight that is not stopped for, as it goes on. */
    EncodedWeight passing(Weight weight);

    /** A weight as it comes, as it is for the unquantized model. */
    EncodedWeight original(Weight weight);

    /**
     * Comes to layers that read one value; their turns are next.
     *
     * @param part of the model in which they are
     * @param value its name
     */
    default void enter(String part, String value, List<Weight> weights, LayerInput input) {}

    /**
     * Chooses.
     *
     * @param input of the layer
     * @return the weight that the data goes on with
     */
    EncodedWeight visit(Weight weight, LayerInput input);
  }

  private LayerWalk(String name, CalibrationData data, Products products, Visitor visitor) {
    this.name = name;
    this.data = data;
    this.products = products;
    this.visitor = visitor;
  }

  /**
   * The weights that a walk would visit.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link CalibrationError} if there is data
   *     for no part of the model, or it cannot be used
   */
  public static List<Weight> weights(Model model, CalibrationData data, Visitor visitor) {
    try (Arena arena = Arena.ofShared()) {
      return parts(model, data, Portions.of(data, model, arena).getFirst()).stream()
          .flatMap(part -> LinearStop.of(part.graph().graph(), visitor::stopsFor).stream())
          .flatMap(stop -> stop.weights().stream())
          .toList();
    }
  }

  /**
   * Walks through all parts of a model for which there is data.
   *
   * @param name of the model, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link CalibrationError} if there is none
   *     for any part, or it cannot be used
   */
  public static void run(
      String name, Model model, CalibrationData data, Visitor visitor, Progress progress) {
    try (Arena arena = Arena.ofShared();
        Products products = Products.open(HOST)) {
      new LayerWalk(name, data, products, visitor)
          .walk(model, Portions.of(data, model, arena), progress);
    }
  }

  /**
   * A part of the model for which there is data.
   *
   * @param outputs those that later parts take
   */
  private record Fed(String name, TargetGraph graph, List<String> outputs) {}

  private static List<Fed> parts(
      Model model, CalibrationData data, SortedMap<String, Tensor> portion) {
    Map<String, Tensor> values = new TreeMap<>(portion);
    List<Fed> fed = new ArrayList<>();
    List<String> names = List.copyOf(model.parts().keySet());
    for (int i = 0; i < names.size(); i++) {
      TargetGraph graph = Legalizer.legalize(model.part(names.get(i)), HOST, AdapterInputs.NONE);
      if (Portions.feed(graph.graph(), values)) {
        Set<String> later = new HashSet<>();
        names
            .subList(i + 1, names.size())
            .forEach(part -> model.part(part).inputs().forEach(port -> later.add(port.name())));
        List<String> outputs =
            graph.graph().outputs().stream().map(Port::name).filter(later::contains).toList();
        // What they are is known when the part has run; here only that they will be there.
        outputs.forEach(output -> values.put(output, portion.firstEntry().getValue()));
        fed.add(new Fed(names.get(i), graph, outputs));
      }
    }
    if (fed.isEmpty()) {
      throw missing(data, model);
    }
    return fed;
  }

  private static RuntimeException missing(CalibrationData data, Model model) {
    String part = model.parts().firstEntry().getKey();
    String inputs = String.join(", ", model.part(part).inputs().stream().map(Port::name).toList());
    return data.tokens().isPresent()
        ? CalibrationError.NEEDS_TENSORS.at(data.file(), "", part, inputs)
        : CalibrationError.MISSING_INPUTS.at(data.file(), "", inputs);
  }

  private void walk(Model model, List<SortedMap<String, Tensor>> portions, Progress progress) {
    List<Fed> fed = parts(model, data, portions.getFirst());
    for (String part : model.parts().keySet()) {
      if (fed.stream().noneMatch(one -> one.name().equals(part))) {
        progress.warn(
            "%s: %s holds no inputs of the part %s, which is rounded to the nearest"
                .formatted(name, data.file(), part));
      }
    }
    List<Part> parts = fed.stream().map(Part::new).toList();
    long stops = parts.stream().mapToLong(part -> part.stops.size()).sum();
    List<SortedMap<String, Tensor>> quantized = copies(portions);
    List<SortedMap<String, Tensor>> original = copies(portions);
    List<GraphStream> open = new ArrayList<>();
    try (Progress.Stage stage = progress.steps("calibrate " + name, stops)) {
      parts.forEach(part -> part.walk(quantized, original, open, stage));
    } finally {
      open.forEach(GraphStream::close);
    }
  }

  private static List<SortedMap<String, Tensor>> copies(List<SortedMap<String, Tensor>> portions) {
    return portions.stream().<SortedMap<String, Tensor>>map(TreeMap::new).toList();
  }

  /** One graph of the model. */
  private final class Part {
    private final String part;
    private final TargetGraph graph;
    private final List<LinearStop> stops;
    private final List<String> outputs;
    private final CompiledModel original;
    private final SortedMap<String, EncodedWeight> weights = new TreeMap<>();

    Part(Fed fed) {
      this.part = fed.name();
      this.graph = fed.graph();
      this.outputs = fed.outputs();
      this.stops = LinearStop.of(graph.graph(), visitor::stopsFor);
      for (Weight weight : graph.graph().weights().values()) {
        weights.put(weight.name(), visitor.original(weight));
      }
      this.original = compile();
    }

    private CompiledModel compile() {
      return OnnxCompiler.compile(name + "." + part, new QuantizedGraph(graph, weights));
    }

    /** Adds what the part gives to the values of each portion. */
    void walk(
        List<SortedMap<String, Tensor>> quantizedValues,
        List<SortedMap<String, Tensor>> originalValues,
        List<GraphStream> open,
        Progress.Stage stage) {
      passOthers();
      GraphStream quantized = stream(quantizedValues, open);
      GraphStream unquantized = stream(originalValues, open);
      List<String> reached = new ArrayList<>();
      for (int i = 0; i < stops.size(); i++) {
        LinearStop stop = stops.get(i);
        reached.add(stop.value());
        List<String> wanted = new ArrayList<>(outputs);
        stops.subList(i, stops.size()).forEach(next -> wanted.add(next.value()));
        quantized.advance(compile(), reached, wanted);
        unquantized.advance(original, reached, wanted);
        choose(stop, quantized, unquantized);
        stage.advance(1);
      }
      if (!outputs.isEmpty()) {
        reached.addAll(outputs);
        quantized.advance(compile(), reached, outputs);
        unquantized.advance(original, reached, outputs);
        keep(quantized, quantizedValues);
        keep(unquantized, originalValues);
      }
    }

    private void passOthers() {
      Set<String> stopped = new HashSet<>();
      stops.forEach(stop -> stop.weights().forEach(weight -> stopped.add(weight.name())));
      for (Weight weight : graph.graph().weights().values()) {
        if (!stopped.contains(weight.name())) {
          weights.put(weight.name(), visitor.passing(weight));
        }
      }
    }

    private GraphStream stream(List<SortedMap<String, Tensor>> values, List<GraphStream> open) {
      GraphStream stream =
          new GraphStream(
              data.file(),
              values.stream().map(one -> Portions.withCaches(graph.graph(), one)).toList());
      open.add(stream);
      return stream;
    }

    private void keep(GraphStream stream, List<SortedMap<String, Tensor>> values) {
      for (int i = 0; i < values.size(); i++) {
        SortedMap<String, Tensor> portion = stream.portions().get(i);
        for (String output : outputs) {
          Tensor tensor = portion.get(output);
          if (tensor != null) {
            values.get(i).put(output, tensor);
          }
        }
      }
    }

    private void choose(LinearStop stop, GraphStream quantized, GraphStream unquantized) {
      LayerInput input =
          new LayerInput(
              data.file(),
              stop.value(),
              quantized.values(stop.value()),
              unquantized.values(stop.value()),
              products);
      visitor.enter(part, stop.value(), stop.weights(), input);
      for (Weight weight : stop.weights()) {
        weights.put(weight.name(), visitor.visit(weight, input));
      }
    }
  }
}
