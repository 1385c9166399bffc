package org.m4fw.quantizer;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.report.WeightReport;

/**
 * A directory of encoded weights, so that the second target or build that wants the same finds it.
 * An entry is a file with the data and, at the next multiples of 64, the scales and the zero
 * points, beside a sidecar ({@link StoredEntry}); its name is the digest of the weight's bytes,
 * type and shape, the encoding, the layout and the method. A weight that is wanted as it comes
 * stays in the checkpoint's file.
 *
 * <p>Files appear whole or not at all, and the same key means the same bytes, so that several
 * processes can share a directory. An entry that does not have the digest that its sidecar states
 * is made again.
 */
public final class WeightStore implements EncodedWeights, AutoCloseable {
  private final Path directory;
  private final WeightEncoder encoder;
  private final SourceDigests digests;
  private final Optional<TemporaryDirectory> temporary;
  private final Set<Path> checked = new HashSet<>();

  private WeightStore(
      Path directory, WeightEncoder encoder, Optional<TemporaryDirectory> temporary) {
    this.directory = directory;
    this.encoder = encoder;
    this.digests = new SourceDigests(directory.resolve("sources"), encoder.work());
    this.temporary = temporary;
  }

  /** A weight as it is stored, and what that cost. */
  public record Stored(EncodedWeight weight, WeightReport report) {}

  /** A store that lasts; the directory is made when it is needed. */
  public static WeightStore open(Path directory, WeightEncoder encoder) {
    return new WeightStore(directory, encoder, Optional.empty());
  }

  /** A store that is removed when it is closed. */
  public static WeightStore temporary(WeightEncoder encoder) {
    TemporaryDirectory temporary = TemporaryDirectory.create();
    return new WeightStore(temporary.path(), encoder, Optional.of(temporary));
  }

  /** From the store, or rounded to the nearest now. */
  @Override
  public Stored encode(Weight weight, Encoding encoding, Layout layout) {
    return encode(weight, encoding, layout, encoder);
  }

  /** From the store, or rounded now as is said. */
  public Stored encode(Weight weight, Encoding encoding, Layout layout, Rounding rounding) {
    return encode(weight, encoding, layout, encoder.with(rounding));
  }

  private synchronized Stored encode(
      Weight weight, Encoding encoding, Layout layout, WeightEncoder encoder) {
    Relayout.check(Weights.file(weight), weight.name(), weight.shape(), encoding, layout);
    if (weight.source() instanceof Weight.Source.Quantized source) {
      WeightEncoder.requireSame(weight, source, encoding);
    }
    if (layout == Layout.CANONICAL) {
      return Weights.stored(weight).equals(encoding) && !Weights.isToBeScaled(weight)
          ? asItComes(weight, encoding)
          : made(weight, encoding, encoder);
    }
    Stored canonical = encode(weight, encoding, Layout.CANONICAL, encoder);
    StoredEntry entry =
        entry(
            key(weight, encoding, layout, encoder.method()),
            encoding,
            weight,
            file -> {
              relayout(canonical.weight(), layout, file);
              return canonical.report().quality();
            });
    return new Stored(
        entry.weight(weight, encoding, layout),
        WeightEncoder.report(weight, encoding, entry.quality()));
  }

  private static Stored asItComes(Weight weight, Encoding encoding) {
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) ->
          new Stored(
              new EncodedWeight(
                  weight, encoding, Layout.CANONICAL, tensor.extent(), Optional.empty()),
              WeightEncoder.report(weight, encoding, Optional.of(Quality.exact(0))));
      case Weight.Source.Quantized source ->
          new Stored(
              new EncodedWeight(
                  weight,
                  encoding,
                  Layout.CANONICAL,
                  source.data().extent(),
                  Optional.of(source.scales().extent()),
                  source.zeroPoints().map(Tensor::extent)),
              WeightEncoder.report(weight, encoding, Optional.empty()));
    };
  }

  private Stored made(Weight weight, Encoding encoding, WeightEncoder encoder) {
    StoredEntry entry =
        entry(
            key(weight, encoding, Layout.CANONICAL, encoder.method()),
            encoding,
            weight,
            file ->
                encoder
                    .encode(weight, encoding, file, Places.aligned(encoding, weight.shape()))
                    .quality());
    return new Stored(
        entry.weight(weight, encoding, Layout.CANONICAL),
        WeightEncoder.report(weight, encoding, entry.quality()));
  }

  /** Writes an entry's bytes into a file and says what they cost. */
  private interface Maker {
    Optional<Quality> make(OutputFile file);
  }

  private StoredEntry entry(Digest key, Encoding encoding, Weight weight, Maker maker) {
    long length = Places.aligned(encoding, weight.shape()).end(encoding, weight.shape());
    Path path = path(key);
    Optional<StoredEntry> found = find(path, length);
    if (found.isPresent()) {
      return found.get();
    }
    Optional<Quality> quality;
    Digest digest;
    try (OutputFile file = OutputFile.create(path)) {
      quality = maker.make(file);
      try (MappedFile written = MappedFile.open(file.temporaryPath())) {
        digest = PieceDigest.of(written.segment(), encoder.work());
      }
      file.commitToCache();
    }
    StoredEntry entry = new StoredEntry(path, digest, quality);
    entry.writeSidecar();
    checked.add(path);
    return entry;
  }

  private Optional<StoredEntry> find(Path path, long length) {
    Optional<StoredEntry> entry = StoredEntry.read(path, length);
    if (entry.isEmpty() || checked.contains(path)) {
      return entry;
    }
    try (MappedFile file = MappedFile.open(path)) {
      if (!PieceDigest.of(file.segment(), encoder.work()).equals(entry.get().digest())) {
        return Optional.empty();
      }
    }
    checked.add(path);
    StoreUsage.touch(path);
    return entry;
  }

  private void relayout(EncodedWeight from, Layout layout, OutputFile to) {
    Extent scales = from.scales().orElseThrow();
    try (MappedFile data = MappedFile.open(from.data().file());
        MappedFile scaleFile = MappedFile.open(scales.file())) {
      Relayout.write(
          encoder.work(),
          new Relayout.Canonical(
              from.data().file(),
              from.weight().name(),
              from.weight().shape(),
              from.encoding(),
              slice(data, from.data()),
              slice(scaleFile, scales)),
          layout,
          to,
          Places.aligned(from.encoding(), from.weight().shape()));
    }
  }

  private static MemorySegment slice(MappedFile file, Extent extent) {
    return file.segment().asSlice(extent.offset(), extent.length());
  }

  /** The encoding in which a weight comes. */
  public static Encoding comesAs(Weight weight) {
    return Weights.stored(weight);
  }

  /** Whether the canonical bytes of a weight that is rounded like this are there already. */
  public synchronized boolean holds(Weight weight, Encoding encoding, String roundingKey) {
    return find(
            path(key(weight, encoding, Layout.CANONICAL, roundingKey)),
            Places.aligned(encoding, weight.shape()).end(encoding, weight.shape()))
        .isPresent();
  }

  /**
   * What calibration finds of the inputs of layers, by the weight's name: from the store if it was
   * found before under this key. All targets and builds that ask the same share it.
   *
   * @param key all that the vectors depend on
   */
  public SortedMap<String, float[]> inputVectors(
      Digest key, Supplier<? extends Map<String, float[]>> search) {
    Path path = directory.resolve("inputs").resolve(key.hex() + ".json");
    Optional<SortedMap<String, float[]>> known = InputVectorFile.read(path);
    if (known.isPresent()) {
      StoreUsage.touch(path);
      return known.get();
    }
    SortedMap<String, float[]> found = new TreeMap<>(search.get());
    InputVectorFile.write(path, found);
    return found;
  }

  private Path path(Digest key) {
    return directory.resolve(key.hex().substring(0, 2)).resolve(key.hex());
  }

  /** A digest of a weight as it comes. */
  public synchronized Digest contentDigest(Weight weight) {
    return key(weight, Weights.stored(weight), Layout.CANONICAL, "");
  }

  private Digest key(Weight weight, Encoding encoding, Layout layout, String method) {
    SortedMap<String, Object> key = new TreeMap<>();
    key.put("encoding", encoding.id());
    key.put("from", Weights.encodingId(weight));
    key.put("layout", layout.name());
    key.put("method", method);
    key.put("shape", weight.shape().dims());
    weight
        .inputFactors()
        .ifPresent(factors -> key.put("input_factors", Digest.of(factors.bytes()).toString()));
    switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> key.put("data", digests.of(tensor).toString());
      case Weight.Source.Quantized source -> {
        key.put("data", digests.of(source.data()).toString());
        key.put("scales", digests.of(source.scales()).toString());
        source
            .zeroPoints()
            .ifPresent(zeros -> key.put("zero_points", digests.of(zeros).toString()));
      }
    }
    return Digest.of(CanonicalJson.bytes(CanonicalJson.node(key)));
  }

  @Override
  public synchronized void close() {
    if (temporary.isPresent()) {
      temporary.get().close();
    } else {
      digests.save();
    }
  }
}
