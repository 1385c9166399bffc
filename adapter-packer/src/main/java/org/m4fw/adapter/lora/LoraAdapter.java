package org.m4fw.adapter.lora;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Tensor;

/**
 * A low-rank adapter. The tensors are valid while the file they come from is open.
 *
 * @param pairs sorted by the names of their points
 * @param replaced whole weights of the base that were trained too, by the base's name for them
 * @param extras what only graphs that are compiled for it can have
 * @param warnings what is odd about it though it can be used, one line each
 */
public record LoraAdapter(
    LoraScaling scaling,
    List<LoraPair> pairs,
    SortedMap<String, Tensor> replaced,
    LoraExtras extras,
    List<String> warnings) {
  public LoraAdapter {
    replaced = Collections.unmodifiableSortedMap(new TreeMap<>(replaced));
    pairs = pairs.stream().sorted(Comparator.comparing(pair -> pair.point().name())).toList();
    warnings = List.copyOf(warnings);
  }

  /** One that any graph can have. */
  public LoraAdapter(
      LoraScaling scaling,
      List<LoraPair> pairs,
      SortedMap<String, Tensor> replaced,
      List<String> warnings) {
    this(scaling, pairs, replaced, LoraExtras.none(), warnings);
  }

  /** One that leaves the base's weights as they are. */
  public LoraAdapter(LoraScaling scaling, List<LoraPair> pairs, List<String> warnings) {
    this(scaling, pairs, new TreeMap<>(), warnings);
  }

  /** Whether it scales the rows of the weights that it changes, as DoRA does. */
  public boolean scalesRows() {
    return pairs.stream().anyMatch(pair -> pair.magnitude().isPresent());
  }

  /** The largest rank; 0 if there are no pairs. */
  public int rank() {
    return pairs.stream().mapToInt(LoraPair::rank).max().orElse(0);
  }

  /** The number of trained numbers. */
  public long parameters() {
    return pairs.stream()
            .mapToLong(
                pair ->
                    pair.down().shape().count()
                        + pair.up().shape().count()
                        + pair.magnitude().map(tensor -> tensor.shape().count()).orElse(0L))
            .sum()
        + extras.convolutions().stream()
            .mapToLong(pair -> pair.down().shape().count() + pair.up().shape().count())
            .sum()
        + extras.biases().stream().mapToLong(bias -> bias.values().shape().count()).sum()
        + replaced.values().stream().mapToLong(tensor -> tensor.shape().count()).sum();
  }

  /** The matrices that a graph takes, sorted by name: for each pair A and B. */
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
