package org.m4fw.graph;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;

/** Checkpoints of the repository, and copies of them to break. */
public final class Fixtures {
  private static final Path ROOT = Path.of(System.getProperty("m4fw.root", "..")).toAbsolutePath();

  private Fixtures() {}

  public static Path golden(String name) {
    return ROOT.resolve("tests/fixtures/goldens").resolve(name);
  }

  /** A copy that a test may change. */
  public static Path copy(String golden, Path into) throws IOException {
    try (Stream<Path> files = Files.list(golden(golden))) {
      for (Path file : files.toList()) {
        Files.copy(file, into.resolve(file.getFileName().toString()));
      }
    }
    return into;
  }

  /** Replaces a piece of a text file. */
  public static void edit(Path file, String old, String replacement) throws IOException {
    String text = Files.readString(file);
    if (!text.contains(old)) {
      throw new IllegalArgumentException(file + " does not contain " + old);
    }
    Files.writeString(file, text.replace(old, replacement));
  }

  /** Every weight as it is stored. */
  public static SortedMap<String, EncodedWeight> stored(Graph graph) {
    SortedMap<String, EncodedWeight> weights = new TreeMap<>();
    for (Weight weight : graph.weights().values()) {
      Weight.Source.Stored stored = (Weight.Source.Stored) weight.source();
      weights.put(
          weight.name(),
          new EncodedWeight(
              weight,
              new Encoding.Plain(stored.tensor().dtype()),
              Layout.CANONICAL,
              stored.tensor().extent(),
              Optional.empty()));
    }
    return weights;
  }
}
