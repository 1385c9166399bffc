package org.m4fw.cli.synth;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How a published checkpoint is laid out.
 *
 * @param title what it is, in a line
 * @param components those of the paper's Table 1 that it holds, and its other names
 * @param directory where its files go
 * @param source where the published one is
 * @param licence of the published one, as an SPDX expression
 * @param sizes by preset
 */
public record Layout(
    String title,
    List<String> components,
    String directory,
    String source,
    String licence,
    SortedMap<Preset, Sizes> sizes,
    List<File> files) {
  public Layout {
    components = List.copyOf(components);
    files = List.copyOf(files);
  }

  /**
   * A file.
   *
   * @param path within the directory
   * @param only the preset that has it; empty if all do
   */
  record File(String path, Optional<Preset> only, Content content) {
    boolean isIn(Preset preset) {
      return only.isEmpty() || only.get() == preset;
    }
  }

  Sizes sizes(Preset preset) {
    return Optional.ofNullable(sizes.get(preset)).orElseThrow();
  }

  /** Whether it is asked for by this name, however its letters are cased. */
  boolean isCalled(String name) {
    return directory.equalsIgnoreCase(name)
        || components.stream().anyMatch(component -> component.equalsIgnoreCase(name));
  }
}
