package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.m4fw.image.framing.ContainerFormat;
import org.m4fw.image.framing.ContainerLayout;
import org.m4fw.image.framing.Entry;
import org.m4fw.image.framing.Header;
import org.m4fw.image.framing.ZipRecords;

/**
 * The bytes of a container that change when it is signed anew: the envelope slot, the header's
 * envelope length and checksum, and the CRCs of header and envelope in local headers and central
 * directory.
 */
final class SignatureBytes {
  private static final int CRC = 4;

  private SignatureBytes() {}

  private record Range(long from, long to) {}

  static boolean sameOutside(ContainerLayout layout, MemorySegment a, MemorySegment b) {
    if (a.byteSize() != b.byteSize()) {
      return false;
    }
    long at = 0;
    for (Range range : ranges(layout)) {
      if (MemorySegment.mismatch(a, at, range.from(), b, at, range.from()) >= 0) {
        return false;
      }
      at = range.to();
    }
    return MemorySegment.mismatch(a, at, a.byteSize(), b, at, b.byteSize()) < 0;
  }

  private static List<Range> ranges(ContainerLayout layout) {
    List<Range> ranges = new ArrayList<>();
    long header = ContainerFormat.HEADER_OFFSET;
    long lengthAt = header + Header.ENVELOPE_LENGTH_AT;
    ranges.add(new Range(lengthAt, lengthAt + Long.BYTES));
    ranges.add(new Range(header + Header.CHECKED, header + Header.CHECKED + CRC));
    ranges.add(new Range(layout.envelope().contentOffset(), layout.envelope().end()));
    long central = layout.centralDirectoryOffset();
    for (Entry entry : List.of(layout.header(), layout.envelope())) {
      long local = entry.headerOffset() + ZipRecords.LOCAL_CRC;
      ranges.add(new Range(local, local + CRC));
      ranges.add(
          new Range(central + ZipRecords.CENTRAL_CRC, central + ZipRecords.CENTRAL_CRC + CRC));
      central += ZipRecords.centralLength(entry);
    }
    ranges.sort(Comparator.comparingLong(Range::from));
    return ranges;
  }
}
