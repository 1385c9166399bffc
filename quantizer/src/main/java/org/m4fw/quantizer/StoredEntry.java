package org.m4fw.quantizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.Quality;

/**
 * An encoded weight in a {@link WeightStore}: a file, and beside it {@code <file>.json}, {@code
 * {"digest", "max_error", "noise", "rebuilt", "signal"}}: the digest of the file by pieces, and
 * what the encoding cost, in hexadecimal floating-point numbers, which are exact. The four figures
 * are absent where the weight came quantized.
 */
record StoredEntry(Path path, Digest digest, Optional<Quality> quality) {

  private static Path sidecar(Path path) {
    return path.resolveSibling(path.getFileName() + ".json");
  }

  EncodedWeight weight(Weight weight, Encoding encoding, Layout layout) {
    Shape shape = weight.shape();
    Places places = Places.aligned(encoding, shape);
    return new EncodedWeight(
        weight,
        encoding,
        layout,
        new Extent(path, places.data(), encoding.dataBytes(shape)),
        extent(places.scales(), encoding.scaleBytes(shape)),
        extent(places.zeroPoints(), encoding.zeroPointBytes(shape)));
  }

  private Optional<Extent> extent(long offset, long length) {
    return length == 0 ? Optional.empty() : Optional.of(new Extent(path, offset, length));
  }

  void writeSidecar() {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("digest", digest.toString());
    quality.ifPresent(q -> fields.putAll(QualityFields.of(q)));
    try (OutputFile sidecar = OutputFile.create(sidecar(path))) {
      sidecar.append(CanonicalJson.bytes(CanonicalJson.node(fields)));
      sidecar.commitToCache();
    }
  }

  /** What the sidecar says, if there are both files and the length is right. */
  static Optional<StoredEntry> read(Path path, long length) {
    try {
      if (!Files.isRegularFile(sidecar(path))
          || !Files.isRegularFile(path)
          || Files.size(path) != length) {
        return Optional.empty();
      }
      Fields fields =
          StrictJson.readObject(sidecar(path))
              .allowOnly("digest", "max_error", "noise", "rebuilt", "signal");
      Digest digest = Digest.parse(fields.string("digest"));
      return Optional.of(new StoredEntry(path, digest, QualityFields.read(fields)));
    } catch (IOException | ProblemException | IllegalArgumentException e) {
      // A damaged entry is as good as none: it is made again.
      return Optional.empty();
    }
  }
}
