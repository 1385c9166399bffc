package org.m4fw.cli.synth;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;

/** The known layouts. */
public final class Catalogue {
  private static final List<String> RESOURCES =
      List.of(
          "imagebind.json",
          "whisper.json",
          "llama.json",
          "llama_proj.json",
          "stable_diffusion.json",
          "mms_tts.json",
          "fastspeech2.json");

  private Catalogue() {}

  /** All layouts. */
  public static List<Layout> all() {
    return RESOURCES.stream().map(name -> LayoutReader.read(name, resource(name))).toList();
  }

  /**
   * The layouts that hold the named components, in the order of {@link #all}.
   *
   * @param names components of the paper's Table 1, or directories of layouts; empty for all
   * @throws org.m4fw.base.problem.ProblemException with {@link SynthError#UNKNOWN_COMPONENT}
   */
  public static List<Layout> find(List<String> names) {
    List<Layout> all = all();
    if (names.isEmpty()) {
      return all;
    }
    SequencedSet<Layout> found = new LinkedHashSet<>();
    for (String name : names) {
      List<Layout> called = all.stream().filter(layout -> layout.isCalled(name)).toList();
      if (called.isEmpty()) {
        throw SynthError.UNKNOWN_COMPONENT.at("--component", "", name, known(all));
      }
      found.addAll(called);
    }
    return all.stream().filter(found::contains).toList();
  }

  private static String known(List<Layout> all) {
    TreeSet<String> names = new TreeSet<>();
    all.forEach(layout -> names.addAll(layout.components()));
    all.forEach(layout -> names.add(layout.directory()));
    return String.join(", ", names);
  }

  static byte[] resource(String name) {
    try (InputStream in = Catalogue.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of the components that a layout's tensors make up. */
  static List<String> components() {
    List<String> names = new ArrayList<>();
    all().forEach(layout -> names.addAll(layout.components()));
    return names;
  }
}
