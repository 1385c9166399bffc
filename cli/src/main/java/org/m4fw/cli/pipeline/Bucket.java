package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.m4fw.graph.cost.UsualSizes;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Port;

/**
 * Sizes for the axes of a graph that are otherwise known only when it runs, for devices that want
 * them fixed.
 *
 * @param key the name of the signature: the sizes that tell buckets apart, or {@code main}
 * @param sizes by the name of the axis
 */
public record Bucket(String key, SortedMap<String, Long> sizes) {
  private static final String BATCH = "batch_size";
  private static final String SEQUENCE = "sequence_length";
  private static final String FRAMES = "frames";
  private static final String PAST = "past_sequence_length";
  private static final String TOTAL = "total_sequence_length";

  /** Of a decoder's keys and values, those of new tokens included. */
  private static final long DEFAULT_CACHE = 256;

  private static final long DEFAULT_PROMPT = 64;

  /** Of texts, where a graph is no decoder: what CLIP reads. */
  private static final long DEFAULT_SEQUENCE = 77;

  /** Of speech: four seconds at the usual rates, more than that much text takes. */
  private static final long DEFAULT_FRAMES = 256;

  public Bucket {
    sizes = Collections.unmodifiableSortedMap(new TreeMap<>(sizes));
  }

  /**
   * The buckets of a graph.
   *
   * @param asked for; each with the sizes that shall not be the usual ones; empty for the usual
   *     buckets: one, or for a decoder one for prompts and one for single tokens
   * @throws org.m4fw.base.problem.ProblemException with {@link PipelineError#CACHE_NOT_MASKED}
   */
  static List<Bucket> of(String file, Graph legalized, List<SortedMap<String, Long>> asked) {
    List<SortedMap<String, Long>> wanted =
        asked.isEmpty()
            ? legalized.decoder().map(d -> usual(d, legalized)).orElse(List.of(new TreeMap<>()))
            : asked;
    List<Bucket> buckets = new ArrayList<>();
    for (SortedMap<String, Long> sizes : wanted) {
      Bucket bucket = bucket(legalized, sizes);
      long past = bucket.sizes().getOrDefault(PAST, 0L);
      if (past > 0 && !isMasked(legalized)) {
        throw PipelineError.CACHE_NOT_MASKED.at(file, PAST, past);
      }
      if (buckets.stream().noneMatch(other -> other.key().equals(bucket.key()))) {
        buckets.add(bucket);
      }
    }
    return buckets;
  }

  /** A decoder that is not told which keys are there takes no cache that is not full. */
  private static List<SortedMap<String, Long>> usual(DecoderGeometry decoder, Graph legalized) {
    long cache = Math.min(DEFAULT_CACHE, decoder.context());
    long prompt = Math.min(DEFAULT_PROMPT, cache);
    return isMasked(legalized)
        ? List.of(decoder(prompt, cache - prompt), decoder(1, cache - 1))
        : List.of(decoder(prompt, 0));
  }

  private static boolean isMasked(Graph legalized) {
    return legalized.inputs().stream().anyMatch(port -> port.name().equals("attention_mask"));
  }

  private static SortedMap<String, Long> decoder(long sequence, long past) {
    return new TreeMap<>(Map.of(SEQUENCE, sequence, PAST, past));
  }

  private static @Nullable Long usual(String axis) {
    return switch (axis) {
      case SEQUENCE -> Long.valueOf(DEFAULT_SEQUENCE);
      case FRAMES -> Long.valueOf(DEFAULT_FRAMES);
      default -> UsualSizes.SIZES.get(axis);
    };
  }

  private static Bucket bucket(Graph legalized, SortedMap<String, Long> asked) {
    SortedMap<String, Long> sizes = new TreeMap<>();
    for (Port port : legalized.inputs()) {
      for (Port.Dim dim : port.dims()) {
        if (dim instanceof Port.Dim.Symbolic(String name)) {
          Long size = asked.getOrDefault(name, usual(name));
          if (size != null) {
            sizes.put(name, size);
          }
        }
      }
    }
    if (sizes.containsKey(SEQUENCE) && sizes.containsKey(PAST)) {
      sizes.put(TOTAL, sizes.getOrDefault(SEQUENCE, 0L) + sizes.getOrDefault(PAST, 0L));
    }
    String key =
        sizes.entrySet().stream()
            .filter(size -> !size.getKey().equals(TOTAL))
            .filter(size -> !(size.getKey().equals(BATCH) && size.getValue() == 1))
            .map(size -> "%s=%s".formatted(size.getKey(), size.getValue()))
            .collect(Collectors.joining(","));
    return new Bucket(key.isEmpty() ? "main" : key, sizes);
  }
}
