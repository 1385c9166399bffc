package org.m4fw.quantizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Weight;

/**
 * Digests of the bytes of tensors, remembered in one file for each file they come from, for as long
 * as that has the same path, size and time of change.
 */
final class SourceDigests {
  private final Path directory;
  private final OrderedWork work;
  private final SortedMap<Path, Known> files = new TreeMap<>();

  private static final class Known {
    final String identity;
    final SortedMap<String, Object> digests = new TreeMap<>();
    boolean changed;

    Known(String identity) {
      this.identity = identity;
    }
  }

  SourceDigests(Path directory, OrderedWork work) {
    this.directory = directory;
    this.work = work;
  }

  Digest of(Tensor tensor) {
    Extent extent = tensor.extent();
    Known known = files.computeIfAbsent(extent.file().toAbsolutePath(), this::load);
    String key = extent.offset() + "-" + extent.length();
    if (known.digests.get(key) instanceof String text) {
      return Digest.parse(text);
    }
    Digest digest = PieceDigest.of(tensor.data(), work);
    known.digests.put(key, digest.toString());
    known.changed = true;
    return digest;
  }

  /**
   * Writes what is new, but of files that are gone when the process ends. Whoever writes last wins;
   * what is lost is computed again.
   */
  void save() {
    files.forEach(
        (file, known) -> {
          if (known.changed && !OutputFile.isUnfinished(file)) {
            try (OutputFile out = OutputFile.create(path(file))) {
              out.append(
                  CanonicalJson.bytes(
                      CanonicalJson.node(
                          Map.of("digests", known.digests, "identity", known.identity))));
              out.commitToCache();
            }
            known.changed = false;
          }
        });
  }

  private Path path(Path file) {
    byte[] name = file.toString().getBytes(StandardCharsets.UTF_8);
    return directory.resolve(Digest.of(name).hex() + ".json");
  }

  private Known load(Path file) {
    Known known = new Known(identity(file));
    Path path = path(file);
    if (Files.isRegularFile(path)) {
      try {
        Fields fields = StrictJson.readObject(path).allowOnly("digests", "identity");
        Fields digests = fields.object("digests");
        if (fields.string("identity").equals(known.identity)) {
          for (String key : digests.names()) {
            known.digests.put(key, Digest.parse(digests.string(key)).toString());
          }
        }
      } catch (ProblemException | IllegalArgumentException e) {
        // A damaged file is as good as none: it is written again.
        known.digests.clear();
      }
    }
    return known;
  }

  /** What a weight is read from: places, sizes and times of change, not the bytes themselves. */
  static List<String> source(Weight weight) {
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> List.of(source(tensor));
      case Weight.Source.Quantized source ->
          Stream.concat(Stream.of(source.data(), source.scales()), source.zeroPoints().stream())
              .map(SourceDigests::source)
              .toList();
    };
  }

  private static String source(Tensor tensor) {
    Path file = tensor.extent().file().toAbsolutePath();
    return "%s %s at %s, %s"
        .formatted(file, tensor.dtype(), tensor.extent().offset(), identity(file));
  }

  private static String identity(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.size() + " bytes, changed " + attributes.lastModifiedTime();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }
}
