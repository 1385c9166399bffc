package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Json;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.PackedWeights;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.graph.tflite.LitePlacement;
import org.m4fw.graph.tflite.LiteReader;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.quantizer.activation.ActivationJson;
import org.m4fw.quantizer.activation.MeasuredRanges;
import org.m4fw.quantizer.activation.RangesJson;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the .tflite files of a model, reads them back, and says of every operation where it runs,
 * which rule decided, and which rewrite it is from. What the host does first is in a graph of its
 * own beside the file.
 *
 * <pre>
 * PART.TARGET.tflite              all buckets of a part
 * PART.TARGET.BUCKET.host.onnx    what the host does before a bucket, where there is something
 * PART.TARGET.host.onnx           a part that is the host's as a whole
 * TARGET.ranges.json              of the values of graphs of whole numbers, to be used again
 * </pre>
 */
final class LiteOutput {
  /** Graphs that are only the beginning of a part. */
  static final String HOST_SUFFIX = ".host.onnx";

  private static final String DECIDES_SIZES =
      "how much room the next parts take follows from it: the host's, in floating point";

  private final LiteTargetModel model;
  private final Files files;

  private LiteOutput(LiteTargetModel model, Files files) {
    this.model = model;
    this.files = files;
  }

  /** Where the files of a model come to lie. */
  interface Files {
    /** The file of a part, as it is read back. */
    Written part(LiteTargetModel.Part part);

    /**
     * The graph of the host before a bucket.
     *
     * @param way the number of the bucket
     * @return its name
     */
    String host(LiteTargetModel.Part part, int way, CompiledModel graph);

    /**
     * A part that is the host's as a whole.
     *
     * @return its name
     */
    String hostPart(String part, CompiledModel graph);
  }

  /** A file that is there. */
  record Written(String name, long bytes, LiteModel read) {}

  /**
   * Writes a model.
   *
   * @param packed the weights of all graphs of ONNX, those of hosts among them
   * @param weights the name of their file
   * @return what the report says of the target
   */
  static ObjectNode write(
      LiteTargetModel model, PackedWeights packed, String weights, Path directory) {
    model
        .ranges()
        .ifPresent(
            ranges ->
                OutputFile.write(
                    directory.resolve(model.target().id() + ".ranges.json"),
                    RangesJson.bytes(ranges)));
    return describe(model, new InDirectory(model, packed, weights, directory));
  }

  /** What a report says of a target whose files lie there. */
  static ObjectNode describe(LiteTargetModel model, Files files) {
    return new LiteOutput(model, files).write();
  }

  private record InDirectory(
      LiteTargetModel model, PackedWeights packed, String weights, Path directory)
      implements Files {
    @Override
    public Written part(LiteTargetModel.Part part) {
      String name = stem(part) + ".tflite";
      Path path = directory.resolve(name);
      try (OutputFile file = OutputFile.create(path)) {
        LiteWriter.append(part.file(), file);
        file.commit();
      }
      try (MappedFile written = MappedFile.open(path)) {
        return new Written(
            name,
            written.segment().byteSize(),
            LiteReader.read(path.toString(), written.segment()));
      }
    }

    @Override
    public String host(LiteTargetModel.Part part, int way, CompiledModel graph) {
      String name =
          "%s.%s%s".formatted(stem(part), part.ways().get(way).bucket().key(), HOST_SUFFIX);
      OutputFile.write(
          directory.resolve(name), graph.bytes(extent -> packed.placement(extent, weights)));
      return name;
    }

    @Override
    public String hostPart(String part, CompiledModel graph) {
      String name = "%s.%s%s".formatted(part, model.target().id(), HOST_SUFFIX);
      OutputFile.write(
          directory.resolve(name), graph.bytes(extent -> packed.placement(extent, weights)));
      return name;
    }

    private String stem(LiteTargetModel.Part part) {
      return "%s.%s".formatted(part.name(), model.target().id());
    }
  }

  /** The graphs of hosts, whose weights lie with those of other graphs. */
  static List<CompiledModel> hosts(LiteTargetModel model) {
    return Stream.concat(
            model.parts().stream()
                .flatMap(part -> part.ways().stream())
                .flatMap(way -> way.host().stream()),
            model.hostParts().values().stream())
        .toList();
  }

  private ObjectNode write() {
    ObjectNode node = Json.object().put("target", model.target().id());
    node.put("runtime", model.target().runtime().name());
    node.put("bytes_before", model.bytesBefore());
    node.put("bytes_after", model.bytesAfter());
    model.ranges().ifPresent(ranges -> ranges(node, ranges));
    ArrayNode graphs = node.putArray("graphs");
    model.parts().forEach(part -> part(graphs, part));
    model.hostParts().forEach((part, graph) -> hostPart(graphs, part, graph));
    return node;
  }

  private static void ranges(ObjectNode node, MeasuredRanges ranges) {
    node.putObject("ranges")
        .put("calibration", ranges.from().calibration())
        .put("weights", ranges.from().weights())
        .put("observer", ranges.from().observer());
  }

  private void part(ArrayNode graphs, LiteTargetModel.Part part) {
    Written written = files.part(part);
    for (int i = 0; i < part.ways().size(); i++) {
      ObjectNode entry = graphs.addObject().put("part", part.name()).put("file", written.name());
      entry.put("bytes", written.bytes());
      way(entry, part, i, written.read());
    }
  }

  /** A part that decides sizes, with its reason for every operator. */
  private void hostPart(ArrayNode graphs, String part, CompiledModel graph) {
    ObjectNode entry =
        graphs
            .addObject()
            .put("part", part)
            .put("file", files.hostPart(part, graph))
            .put("placed", model.host().id())
            .put("why", DECIDES_SIZES);
    ArrayNode nodes = entry.putArray("nodes");
    for (CompiledModel.Use use : graph.operators()) {
      nodes
          .addObject()
          .put("node", use.node())
          .put("operator", use.operator())
          .put("placed", model.host().id())
          .put("why", DECIDES_SIZES);
    }
    ArrayNode operators = entry.putArray("operators");
    graph
        .operatorCounts()
        .forEach(
            (name, count) -> operator(operators, name, count, model.host().id(), DECIDES_SIZES));
  }

  private void way(ObjectNode entry, LiteTargetModel.Part part, int index, LiteModel read) {
    LiteTargetModel.Way way = part.ways().get(index);
    LiteModel.Signature signature = read.signatures().get(index);
    List<LitePlacement> placements = LitePlacement.of(signature, model.target());
    entry.put("signature", signature.key());
    ObjectNode sizes = entry.putObject("sizes");
    way.bucket().sizes().forEach((axis, size) -> sizes.put(axis, size.longValue()));
    tensors(entry.putArray("inputs"), signature, signature.inputs());
    tensors(entry.putArray("outputs"), signature, signature.outputs());
    if (index == 0) {
      part.activations().ifPresent(report -> entry.set("activations", ActivationJson.node(report)));
    }
    entry.put("operations", placements.size());
    entry.put("on_device", placements.stream().filter(LitePlacement::onDevice).count());
    entry.put("pieces", LitePlacement.pieces(placements));
    operators(entry.putArray("operators"), placements, way);
    ArrayNode nodes = entry.putArray("nodes");
    List<LiteModel.Operation> made = part.file().signatures().get(index).operations();
    for (int i = 0; i < placements.size(); i++) {
      node(nodes.addObject(), placements.get(i), made.get(i).origin(), way);
    }
    way.host().ifPresent(host -> host(entry, host, files.host(part, index, host)));
  }

  private void node(
      ObjectNode node, LitePlacement placement, String origin, LiteTargetModel.Way way) {
    node.put("node", origin);
    node.put("operator", placement.operation().operator().name());
    node.put("version", placement.operation().version());
    node.put("placed", placed(placement));
    node.put("why", placement.rule());
    String rewrite = way.rewrites().get(origin);
    if (rewrite != null) {
      node.put("rewrite", rewrite);
    }
  }

  private String placed(LitePlacement placement) {
    return placement.onDevice() ? model.target().id() : model.host().id();
  }

  private static void tensors(
      ArrayNode list, LiteModel.Signature signature, Map<String, Integer> named) {
    named.forEach(
        (name, number) -> {
          LiteModel.Tensor tensor = signature.tensors().get(number);
          ObjectNode node = list.addObject().put("name", name).put("type", tensor.type().name());
          ArrayNode shape = node.putArray("shape");
          tensor.shape().forEach(size -> shape.add(size.intValue()));
          if (tensor.quantization().orElse(null)
              instanceof LiteModel.Quantization.Affine(var scales, var zeroPoints, int axis)) {
            node.put("scale", scales.getFirst().floatValue());
            node.put("zero_point", zeroPoints.getFirst().longValue());
          }
        });
  }

  /** Operators with where they run and why, counted. */
  private void operators(ArrayNode list, List<LitePlacement> placements, LiteTargetModel.Way way) {
    Map<List<String>, Integer> counts = new TreeMap<>(LiteOutput::compare);
    for (LitePlacement placement : placements) {
      counts.merge(
          List.of(placement.operation().operator().name(), placed(placement), placement.rule()),
          1,
          Integer::sum);
    }
    counts.forEach((key, count) -> operator(list, key.get(0), count, key.get(1), key.get(2)));
    way.host()
        .ifPresent(
            host ->
                host.operatorCounts()
                    .forEach(
                        (name, count) ->
                            operator(
                                list,
                                name,
                                count,
                                model.host().id(),
                                "lookups and whole numbers are the host's work, before the"
                                    + " device's")));
  }

  private static void operator(ArrayNode list, String name, int count, String placed, String why) {
    list.addObject()
        .put("operator", name)
        .put("count", count)
        .put("placed", placed)
        .put("why", why);
  }

  private static int compare(List<String> left, List<String> right) {
    for (int i = 0; i < left.size(); i++) {
      int order = left.get(i).compareTo(right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private void host(ObjectNode entry, CompiledModel host, String file) {
    ObjectNode node = entry.putObject("host").put("target", model.host().id()).put("file", file);
    ArrayNode outputs = node.putArray("outputs");
    host.outputs().keySet().forEach(outputs::add);
  }
}
