package org.m4fw.adapter.lora;

import java.util.Comparator;
import java.util.List;

/**
 * A low-rank adapter. The tensors are valid while the file they come from is open.
 *
 * @param pairs sorted by the names of their points
 * @param warnings what is odd about it though it can be used, one line each
 */
public record LoraAdapter(LoraScaling scaling, List<LoraPair> pairs, List<String> warnings) {
  public LoraAdapter {
    pairs = pairs.stream().sorted(Comparator.comparing(pair -> pair.point().name())).toList();
    warnings = List.copyOf(warnings);
  }

  /** The largest rank; 0 if there are no pairs. */
  public int rank() {
    return pairs.stream().mapToInt(LoraPair::rank).max().orElse(0);
  }

  /** The number of trained numbers. */
  public long parameters() {
    return pairs.stream()
        .mapToLong(pair -> pair.down().shape().count() + pair.up().shape().count())
        .sum();
  }

  /** What a graph takes, sorted by name: for each pair A and B as {@link LoraInput} has them. */
  public List<LoraInput> inputs() {
    return pairs.stream()
        .flatMap(
            pair ->
                List.of(
                    new LoraInput(pair, LoraInput.Side.A, 1),
                    new LoraInput(
                        pair, LoraInput.Side.B, scaling.factor(pair.alpha(), pair.rank())))
                    .stream())
        .sorted(Comparator.comparing(LoraInput::name))
        .toList();
  }
}
