package org.m4fw.checkpoint.torch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.m4fw.base.file.OutputFile;

/**
 * Writes a file as {@code torch.save} does in the zip container: a directory named after the file
 * with {@code data.pkl}, which holds the names, shapes and element types, {@code data/N} for the
 * elements of each tensor, and what PyTorch writes about the container itself. The same declaration
 * and bytes give the same file.
 */
public final class ArchiveWriter {
  private static final long CHUNK = 8 << 20;

  /**
   * A tensor to come.
   *
   * @param type one that has a typed storage
   */
  public record Declared(String name, TorchType type, List<Long> dims) {
    public Declared {
      dims = List.copyOf(dims);
      if (type.storage().isEmpty()) {
        throw new IllegalArgumentException("no typed storage holds " + type);
      }
    }

    long count() {
      return dims.stream().reduce(1L, Math::multiplyExact);
    }
  }

  private final StoredZip zip;
  private final String directory;
  private final Iterator<Declared> rest;
  private int index = -1;
  private @Nullable Declared current;
  private long missing;

  private ArchiveWriter(StoredZip zip, String directory, Iterator<Declared> rest) {
    this.zip = zip;
    this.directory = directory;
    this.rest = rest;
  }

  /**
   * Writes all that comes before the elements.
   *
   * @param file receives the archive from its start; the caller commits it
   * @param under the key of an outer dictionary that holds the tensors' one alone; empty if the
   *     file holds the tensors as they are
   * @param tensors in the order in which their bytes will come
   */
  public static ArchiveWriter begin(
      OutputFile file, Optional<String> under, List<Declared> tensors) {
    StoredZip zip = new StoredZip(file);
    String name = String.valueOf(file.target().getFileName());
    int dot = name.lastIndexOf('.');
    String directory = (dot > 0 ? name.substring(0, dot) : name) + "/";
    zip.entry(directory + "data.pkl", StateDictPickle.of(under, tensors));
    zip.entry(directory + ".format_version", ascii("1"));
    zip.entry(directory + ".storage_alignment", ascii("64"));
    zip.entry(directory + "byteorder", ascii("little"));
    ArchiveWriter writer = new ArchiveWriter(zip, directory, List.copyOf(tensors).iterator());
    writer.advance();
    return writer;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Appends elements to the current tensor. */
  public void append(MemorySegment piece) {
    if (piece.byteSize() > missing) {
      throw new IllegalStateException(
          "%s bytes for %s, which lacks %s".formatted(piece.byteSize(), current, missing));
    }
    for (long at = 0; at < piece.byteSize(); at += CHUNK) {
      zip.append(OutputFile.buffer(piece.asSlice(at, Math.min(CHUNK, piece.byteSize() - at))));
    }
    missing -= piece.byteSize();
    advance();
  }

  /** Fills the current tensor with zeros that need no room on the disk. */
  public void appendHole() {
    zip.appendHole(missing);
    missing = 0;
    advance();
  }

  /** Writes what comes after the elements. */
  public void finish() {
    if (current != null) {
      throw new IllegalStateException("%s lacks %s bytes".formatted(current, missing));
    }
    zip.entry(directory + "version", ascii("3\n"));
    zip.entry(
        directory + ".data/serialization_id",
        ascii(String.format(Locale.ROOT, "%020d%020d", index, zip.checksums())));
    zip.finish();
  }

  /** Ends the current tensor if it is whole and begins the next; empty ones need no bytes. */
  private void advance() {
    while (missing == 0) {
      if (current != null) {
        zip.end();
      }
      index++;
      current = rest.hasNext() ? rest.next() : null;
      if (current == null) {
        return;
      }
      zip.begin(directory + "data/" + index);
      missing = Math.multiplyExact(current.count(), (long) current.type().bytes());
    }
  }
}
