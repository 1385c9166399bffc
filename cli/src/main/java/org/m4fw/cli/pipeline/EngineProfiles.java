package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.m4fw.adapter.Interfaces;
import org.m4fw.cli.console.Json;
import org.m4fw.graph.cost.UsualSizes;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * In which sizes a device's engine has to take the inputs of a graph, for engines that are made on
 * the device itself and are fast only for the sizes that they were made for. A decoder has one
 * profile for prompts and one for single tokens. Written beside the graph as
 *
 * <pre>
 * {"schema": "m4fw/engine-profiles/1",
 *  "profiles": [{"name": string,
 *                "inputs": {NAME: {"min": [n], "opt": [n], "max": [n]}}}]}
 * </pre>
 *
 * <p>Inputs whose sizes are fixed are left out, as {@code trtexec} wants it.
 */
final class EngineProfiles {
  private static final String BATCH = "batch_size";
  private static final String SEQUENCE = "sequence_length";
  private static final String PAST = "past_sequence_length";
  private static final String TOTAL = "total_sequence_length";

  /** What an engine is tuned for in a decoder: a prompt, and the keys and values before a token. */
  private static final long USUAL_PROMPT = 64;

  private static final long USUAL_CACHE = 256;
  private static final long MAX_BATCH = 8;
  private static final long USUAL_RANK = 16;

  /** CLIP's table of positions ends there. */
  private static final long TEXT = 77;

  /** Speech has no table of positions; texts of a few sentences. */
  private static final long MAX_SPOKEN = 512;

  /** Sizes of an axis. */
  private record Range(long min, long usual, long max) {}

  private record Profile(String name, Map<String, Range> axes) {}

  private final CompiledModel graph;
  private final List<Profile> profiles;

  private EngineProfiles(CompiledModel graph, List<Profile> profiles) {
    this.graph = graph;
    this.profiles = profiles;
  }

  static EngineProfiles of(CompiledModel graph) {
    return new EngineProfiles(
        graph,
        graph
            .facts()
            .decoder()
            .map(EngineProfiles::ofDecoder)
            .orElseGet(() -> List.of(new Profile("main", ofOther(graph)))));
  }

  /**
   * The longest prompt and the longest cache of a profile make up the context together: an engine
   * is made for both at once, and the tables of positions end there. A prompt longer than half of
   * the context goes in twice.
   */
  private static List<Profile> ofDecoder(DecoderGeometry decoder) {
    long context = decoder.context();
    long half = (context + 1) / 2;
    Range prompt = new Range(1, Math.min(USUAL_PROMPT, half), half);
    Range past = new Range(0, Math.min(USUAL_CACHE, context) - 1, context - 1);
    return List.of(
        new Profile("prompt", axes(prompt, new Range(0, 0, context - half))),
        new Profile("token", axes(new Range(1, 1, 1), past)));
  }

  private static Map<String, Range> axes(Range sequence, Range past) {
    Range total =
        new Range(
            sequence.min() + past.min(),
            sequence.usual() + past.usual(),
            sequence.max() + past.max());
    return Map.of(BATCH, new Range(1, 1, 1), SEQUENCE, sequence, PAST, past, TOTAL, total);
  }

  private static Range ranks() {
    return new Range(1, USUAL_RANK, Interfaces.MAX_RANK);
  }

  private static Map<String, Range> ofOther(CompiledModel graph) {
    Map<String, Range> axes = new TreeMap<>();
    UsualSizes.SIZES.forEach((axis, usual) -> axes.put(axis, range(axis, usual)));
    boolean readsByPosition = graph.facts().architecture().startsWith("clip");
    axes.put(SEQUENCE, new Range(1, TEXT, readsByPosition ? TEXT : MAX_SPOKEN));
    return axes;
  }

  /** Images from an eighth of the usual side to twice that; of all else up to a batch. */
  private static Range range(String axis, long usual) {
    boolean side = axis.endsWith("height") || axis.endsWith("width");
    return side
        ? new Range(usual / 8, usual, usual * 2)
        : new Range(1, usual, Math.max(usual, MAX_BATCH));
  }

  /** What is written beside the graph. */
  ObjectNode json() {
    ObjectNode node = Json.object().put("schema", "m4fw/engine-profiles/1");
    ArrayNode list = node.putArray("profiles");
    for (Profile profile : profiles) {
      ObjectNode inputs = list.addObject().put("name", profile.name()).putObject("inputs");
      variable()
          .forEach(
              (name, port) -> {
                ObjectNode input = inputs.putObject(name);
                put(input.putArray("min"), sizes(port, profile, Range::min));
                put(input.putArray("opt"), sizes(port, profile, Range::usual));
                put(input.putArray("max"), sizes(port, profile, Range::max));
              });
    }
    return node;
  }

  private static void put(ArrayNode list, List<Long> sizes) {
    sizes.forEach(size -> list.add(size.longValue()));
  }

  /**
   * What makes the engine, on the device.
   *
   * @param file the graph
   * @param engine where the engine goes
   */
  String command(String file, String engine) {
    List<String> words = new ArrayList<>();
    words.add("trtexec");
    words.add("--onnx=" + file);
    words.add("--saveEngine=" + engine);
    words.add("--stronglyTyped");
    boolean fixed = variable().isEmpty();
    for (int i = 0; i < profiles.size() && !fixed; i++) {
      Profile profile = profiles.get(i);
      if (profiles.size() > 1) {
        words.add("--profile=" + i);
      }
      words.add("--minShapes=" + shapes(profile, Range::min));
      words.add("--optShapes=" + shapes(profile, Range::usual));
      words.add("--maxShapes=" + shapes(profile, Range::max));
    }
    return String.join(" ", words);
  }

  private String shapes(Profile profile, ToLongFunction<Range> end) {
    return variable().entrySet().stream()
        .map(
            input ->
                "%s:%s"
                    .formatted(
                        input.getKey(),
                        sizes(input.getValue(), profile, end).stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining("x"))))
        .collect(Collectors.joining(","));
  }

  /** The inputs whose sizes are not fixed. */
  private SequencedMap<String, Port> variable() {
    SequencedMap<String, Port> variable = new LinkedHashMap<>();
    graph
        .inputs()
        .forEach(
            (name, port) -> {
              if (port.dims().stream().anyMatch(Port.Dim.Symbolic.class::isInstance)) {
                variable.put(name, port);
              }
            });
    return variable;
  }

  private static List<Long> sizes(Port port, Profile profile, ToLongFunction<Range> end) {
    List<Long> sizes = new ArrayList<>();
    for (Port.Dim dim : port.dims()) {
      sizes.add(
          switch (dim) {
            case Port.Dim.Fixed(long size) -> size;
            case Port.Dim.Symbolic(String axis) ->
                end.applyAsLong(
                    AttachmentPoint.isRankAxis(axis)
                        ? ranks()
                        : profile.axes().getOrDefault(axis, new Range(1, 1, MAX_BATCH)));
          });
    }
    return sizes;
  }
}
