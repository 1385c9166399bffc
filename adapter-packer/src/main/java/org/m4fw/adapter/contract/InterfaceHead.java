package org.m4fw.adapter.contract;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A weight that an adapter may bring its own of, in the place of the base's: that of a head or of
 * what comes after it.
 *
 * @param name as the checkpoint names it, such as {@code modality_heads.imu.3.weight}
 * @param shape as the checkpoint has it; empty for a single number
 * @param dtypes in which an adapter may store its own
 */
public record InterfaceHead(String name, List<Long> shape, SortedSet<String> dtypes) {
  public InterfaceHead {
    shape = List.copyOf(shape);
    dtypes = Collections.unmodifiableSortedSet(new TreeSet<>(dtypes));
  }
}
