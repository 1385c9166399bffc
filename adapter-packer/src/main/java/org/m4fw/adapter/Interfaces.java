package org.m4fw.adapter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.m4fw.adapter.contract.InterfaceHead;
import org.m4fw.adapter.contract.InterfacePoint;
import org.m4fw.adapter.contract.InterfaceProjection;
import org.m4fw.adapter.contract.InterfacePrompt;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.pass.AdaptedTables;

/** Makes the interface record of a model. */
public final class Interfaces {
  /**
   * Enough for adapters on phones, which are best at ranks up to 16; bounds what a device keeps.
   */
  public static final int MAX_RANK = 64;

  private static final SortedSet<String> DTYPES = new TreeSet<>(List.of("bf16", "f16", "f32"));

  /** The part that takes the embeddings of an encoder to the vectors of a backbone. */
  private static final String PROJECTION = "projection";

  /** The part of ImageBind that reads sentences, with its input [B, tokens]. */
  private static final String SENTENCES = "text";

  private Interfaces() {}

  /**
   * What is known of a base besides its graphs.
   *
   * @param tokenizer the digest of {@code tokenizer.json}; empty for models without one
   * @param inputFiles the files that say how inputs are prepared, by name
   * @param weights {@link org.m4fw.checkpoint.Checkpoint#weightsDigest} of the base
   * @param replaceable whether a weight can be replaced in the graphs as they are delivered
   */
  public record Base(
      Optional<Digest> tokenizer,
      SortedMap<String, Digest> inputFiles,
      Digest weights,
      Predicate<String> replaceable) {}

  /**
   * The interface that a model implements; empty if it takes no adapters.
   *
   * @param id such as {@code m4.backbone}
   */
  public static Optional<InterfaceRecord> describe(
      String id, SemanticVersion version, Model model, Base base) {
    Collection<Graph> graphs = model.parts().values();
    Set<String> tables = Set.copyOf(AdaptedTables.names(model));
    List<InterfacePoint> points =
        graphs.stream()
            .flatMap(graph -> graph.attachmentPoints().stream())
            .map(point -> point(point, tables.contains(point.name())))
            .distinct()
            .toList();
    InterfaceRecord.Slots slots =
        new InterfaceRecord.Slots(heads(graphs, base), projections(model), prompts(model));
    if (points.isEmpty() && slots.heads().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new InterfaceRecord(
            id,
            version,
            points,
            slots,
            scalings(),
            base.tokenizer(),
            Optional.of(preprocessing(model, base)),
            base.weights()));
  }

  /**
   * The interface of attachment points alone.
   *
   * @param tokenizer the digest of {@code tokenizer.json}; empty for models without one
   */
  public static InterfaceRecord describe(
      String id,
      SemanticVersion version,
      List<AttachmentPoint> points,
      Optional<Digest> tokenizer,
      Digest weights) {
    return new InterfaceRecord(
        id,
        version,
        points.stream().map(point -> point(point, false)).toList(),
        scalings(),
        tokenizer,
        weights);
  }

  private static SortedSet<String> scalings() {
    return Arrays.stream(LoraScaling.values())
        .map(LoraScaling::id)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static InterfacePoint point(AttachmentPoint point, boolean table) {
    SortedSet<String> kinds =
        new TreeSet<>(point.scaled() ? List.of("dora", "lora") : List.of("lora"));
    return new InterfacePoint(
        point.name(), point.in(), point.out(), kinds, MAX_RANK, DTYPES, table, point.kernel());
  }

  private static List<InterfaceHead> heads(Collection<Graph> graphs, Base base) {
    SortedMap<String, InterfaceHead> heads = new TreeMap<>();
    for (Graph graph : graphs) {
      for (String name : graph.replaceable()) {
        if (base.replaceable().test(name)) {
          heads.put(name, new InterfaceHead(name, shape(graph, name), DTYPES));
        }
      }
    }
    return List.copyOf(heads.values());
  }

  private static List<Long> shape(Graph graph, String name) {
    Optional<List<Long>> weight =
        Optional.ofNullable(graph.weights().get(name)).map(Weight::shape).map(s -> s.dims());
    return weight
        .or(
            () ->
                Optional.ofNullable(graph.literals().get(name))
                    .map(Literal::shape)
                    .map(s -> s.dims()))
        .orElseThrow();
  }

  private static List<InterfaceProjection> projections(Model model) {
    return Optional.ofNullable(model.parts().get(PROJECTION)).stream()
        .flatMap(graph -> graph.attachmentPoints().stream())
        .map(point -> new InterfaceProjection(point.name(), point.in(), point.out()))
        .toList();
  }

  /** A decoder that looks at what an encoder gives begins with tokens of its own choice. */
  private static List<InterfacePrompt> prompts(Model model) {
    List<InterfacePrompt> prompts = new ArrayList<>();
    Optional<DecoderGeometry> decoder =
        Optional.ofNullable(model.parts().get(Model.DECODER))
            .filter(graph -> !model.parts().containsKey(Model.MEMORY))
            .flatMap(Graph::decoder);
    decoder.ifPresent(geometry -> prompts.addAll(prompts(model, geometry)));
    Optional.ofNullable(model.parts().get(SENTENCES)).stream()
        .flatMap(graph -> graph.inputs().stream())
        .flatMap(port -> port.dims().stream().skip(1))
        .forEach(
            dim -> {
              if (dim instanceof Port.Dim.Fixed(long tokens)) {
                prompts.add(InterfacePrompt.text(SENTENCES, tokens));
              }
            });
    return prompts;
  }

  private static List<InterfacePrompt> prompts(Model model, DecoderGeometry geometry) {
    long most = geometry.context() - 1L;
    List<InterfacePrompt> prompts = new ArrayList<>();
    prompts.add(InterfacePrompt.text(Model.DECODER, most));
    prompts.add(
        new InterfacePrompt(
            Model.DECODER,
            InterfacePrompt.Kind.CACHE,
            most,
            geometry.layers(),
            geometry.keyValueHeads(),
            geometry.headWidth()));
    if (model.parts().containsKey(Model.VECTORS) || model.parts().containsKey(Model.EMBEDDING)) {
      prompts.add(InterfacePrompt.vectors(Model.DECODER, most, geometry.width()));
    }
    return prompts;
  }

  /** Of what the graphs take from outside, and the files that say how it is made. */
  private static Digest preprocessing(Model model, Base base) {
    SortedMap<String, Object> files = new TreeMap<>();
    base.inputFiles().forEach((name, digest) -> files.put(name, digest.toString()));
    SortedMap<String, Object> parts = new TreeMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, inputs(graph)));
    return Digest.of(
        CanonicalJson.bytes(CanonicalJson.node(Map.of("files", files, "inputs", parts))));
  }

  private static SortedMap<String, Object> inputs(Graph graph) {
    SortedMap<String, Object> inputs = new TreeMap<>();
    for (Port port : graph.inputs()) {
      String sizes =
          port.dims().stream()
              .map(dim -> dim instanceof Port.Dim.Fixed(long size) ? Long.toString(size) : "*")
              .collect(Collectors.joining(" "));
      inputs.put(port.name(), port.type() + " " + sizes);
    }
    return inputs;
  }
}
