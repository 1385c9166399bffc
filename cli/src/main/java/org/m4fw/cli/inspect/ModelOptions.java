package org.m4fw.cli.inspect;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.importer.ImportOptions;

/**
 * How a checkpoint is looked at as a model.
 *
 * @param imports which parts of it
 * @param sizes of inputs' axes by name, in the place of the usual ones
 */
public record ModelOptions(ImportOptions imports, SortedMap<String, Long> sizes) {
  public ModelOptions {
    sizes = Collections.unmodifiableSortedMap(new TreeMap<>(sizes));
  }

  /** The whole of it, in the usual sizes. */
  public static ModelOptions usual() {
    return new ModelOptions(ImportOptions.none(), new TreeMap<>());
  }
}
