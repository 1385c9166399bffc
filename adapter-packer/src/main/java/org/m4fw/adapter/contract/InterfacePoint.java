package org.m4fw.adapter.contract;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A layer, a table of tokens or a convolution that takes adapters.
 *
 * @param name the layer's path, such as {@code model.layers.0.self_attn.q_proj}
 * @param in width of its input; of a table how many rows it has, of a convolution channels times
 *     the elements of the kernel
 * @param out width of its output
 * @param kinds of adapters that it takes, such as {@code lora}
 * @param maxRank the largest rank
 * @param dtypes in which the matrices of an adapter may be stored: {@code bf16}, {@code f16},
 *     {@code f32}
 * @param table whether it is a table
 * @param kernel sizes of a convolution's kernel, one per spatial axis; empty for all else
 */
public record InterfacePoint(
    String name,
    long in,
    long out,
    SortedSet<String> kinds,
    int maxRank,
    SortedSet<String> dtypes,
    boolean table,
    List<Long> kernel) {
  public InterfacePoint {
    kinds = Collections.unmodifiableSortedSet(new TreeSet<>(kinds));
    dtypes = Collections.unmodifiableSortedSet(new TreeSet<>(dtypes));
    kernel = List.copyOf(kernel);
  }

  /** A layer. */
  public InterfacePoint(
      String name,
      long in,
      long out,
      SortedSet<String> kinds,
      int maxRank,
      SortedSet<String> dtypes) {
    this(name, in, out, kinds, maxRank, dtypes, false, List.of());
  }
}
