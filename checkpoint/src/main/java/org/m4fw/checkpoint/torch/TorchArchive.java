package org.m4fw.checkpoint.torch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.m4fw.base.problem.NearNames;

/**
 * The zip container of {@code torch.save} (PyTorch 1.6 and later): under one directory, {@code
 * data.pkl}, {@code data/KEY} per storage, {@code byteorder}, and a few more that do not matter
 * here. Entries are stored, so that a storage is a slice of the file. Entries that are compressed,
 * there twice, overlapping or out of range are refused; checksums are not verified, as newer
 * versions of PyTorch do not always write them.
 *
 * @param pickle where {@code data.pkl} is
 * @param storages by key
 */
record TorchArchive(String pickleName, Range pickle, SortedMap<String, Range> storages) {
  /** Enough for the directory of 100 000 tensors. */
  static final long DIRECTORY_BUDGET = 32 << 20;

  private static final String PICKLE = "data.pkl";
  private static final int SHOWN = 5;
  private static final int LOCAL_HEADER = 30;
  private static final int END = 22;
  private static final int END_SIGNATURE = 0x06054b50;
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static TorchArchive read(Path file, MemorySegment content) {
    SortedMap<String, Range> entries = new Reading(file, content).entries();
    List<String> pickles =
        entries.keySet().stream()
            .filter(name -> name.equals(PICKLE) || name.endsWith("/" + PICKLE))
            .toList();
    if (pickles.isEmpty()) {
      throw TorchError.NO_PICKLE.at(file, "");
    }
    if (pickles.size() > 1) {
      throw TorchError.MANY_PICKLES.at(file, "", NearNames.list(pickles, SHOWN));
    }
    String pickle = pickles.getFirst();
    String directory = pickle.substring(0, pickle.length() - PICKLE.length());
    if (entries.containsKey(directory + "constants.pkl")) {
      throw TorchError.TORCHSCRIPT.at(file, directory + "constants.pkl");
    }
    Optional.ofNullable(entries.get(directory + "byteorder"))
        .ifPresent(range -> requireLittle(file, directory + "byteorder", content, range));
    SortedMap<String, Range> storages = new TreeMap<>();
    String prefix = directory + "data/";
    entries
        .tailMap(prefix)
        .forEach(
            (name, range) -> {
              if (name.startsWith(prefix)) {
                storages.put(name.substring(prefix.length()), range);
              }
            });
    return new TorchArchive(
        pickle,
        Optional.ofNullable(entries.get(pickle)).orElseThrow(),
        Collections.unmodifiableSortedMap(storages));
  }

  private static void requireLittle(Path file, String name, MemorySegment content, Range range) {
    byte[] order =
        content.asSlice(range.begin(), Math.min(range.length(), 16)).toArray(ValueLayout.JAVA_BYTE);
    String text = new String(order, StandardCharsets.ISO_8859_1).strip();
    if (text.equals("big")) {
      throw TorchError.BIG_ENDIAN.at(file, name);
    }
    if (!text.equals("little")) {
      throw TorchError.BYTE_ORDER.at(file, name, text);
    }
  }

  /** An entry with its local header, for the check that none shares bytes with another. */
  private record Occupied(String name, long begin, Range data) {}

  /** Reads the directory and holds it against the file. */
  private record Reading(Path file, MemorySegment content) {

    SortedMap<String, Range> entries() {
      requireEnd();
      List<Occupied> occupied = new ArrayList<>();
      SortedMap<String, Range> entries = new TreeMap<>();
      for (ZipArchiveEntry entry : listed()) {
        String name = entry.getName();
        Range data = checked(entry);
        occupied.add(new Occupied(name, entry.getLocalHeaderOffset(), data));
        if (entries.put(name, data) != null) {
          throw TorchError.ZIP_DUPLICATE.at(file, name);
        }
      }
      requireApart(occupied);
      return entries;
    }

    private List<ZipArchiveEntry> listed() {
      try (ZipFile zip =
          ZipFile.builder()
              .setSeekableByteChannel(new SegmentChannel(content, DIRECTORY_BUDGET))
              .setCharset(StandardCharsets.UTF_8)
              .setUseUnicodeExtraFields(false)
              .get()) {
        return Collections.list(zip.getEntries());
      } catch (IOException | RuntimeException e) {
        // The library means some damage to be an exception of the other kind.
        throw TorchError.ZIP_DAMAGED.at(file, "", reason(e));
      }
    }

    /** The library wraps what went wrong in a sentence about this program's channel. */
    private static String reason(Exception e) {
      Throwable cause = e.getCause() instanceof IOException inner ? inner : e;
      return String.valueOf(cause.getMessage());
    }

    /** The end record has to be the last thing of the file, so that there is only one reading. */
    private void requireEnd() {
      long end = content.byteSize() - END;
      if (end < 0
          || content.get(U32, end) != END_SIGNATURE
          || content.get(U16, end + END - 2) != 0) {
        throw TorchError.ZIP_END.at(file, "");
      }
    }

    private Range checked(ZipArchiveEntry entry) {
      String name = entry.getName();
      if (entry.getMethod() != ZipArchiveEntry.STORED
          || entry.getSize() != entry.getCompressedSize()
          || entry.getGeneralPurposeBit().usesEncryption()) {
        String found = entry.getGeneralPurposeBit().usesEncryption() ? "encrypted" : "compressed";
        throw TorchError.ZIP_ENTRY.at(file, name, "is " + found);
      }
      long header = entry.getLocalHeaderOffset();
      long begin = entry.getDataOffset();
      long length = entry.getSize();
      byte[] raw = entry.getRawName();
      if (header < 0
          || begin < header + LOCAL_HEADER + raw.length
          || length < 0
          || begin > content.byteSize()
          || length > content.byteSize() - begin) {
        throw TorchError.ZIP_DAMAGED.at(file, name, "it lies outside the file");
      }
      byte[] local =
          content.asSlice(header + LOCAL_HEADER, raw.length).toArray(ValueLayout.JAVA_BYTE);
      if (!Arrays.equals(raw, local)) {
        throw TorchError.ZIP_NAME.at(file, name);
      }
      return new Range(begin, length);
    }

    private void requireApart(List<Occupied> occupied) {
      occupied.sort(Comparator.comparingLong(Occupied::begin).thenComparing(Occupied::name));
      for (int i = 1; i < occupied.size(); i++) {
        if (occupied.get(i).begin() < occupied.get(i - 1).data().end()) {
          throw TorchError.ZIP_OVERLAP.at(file, occupied.get(i).name(), occupied.get(i - 1).name());
        }
      }
    }
  }
}
