package org.m4fw.image.framing;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.image.verity.TreeShape;

/**
 * Where everything lies in a container:
 *
 * <pre>
 * 0       local header "FMW-HEADER"
 * 64      fixed header, 4032 bytes ({@link Header})
 * 4096    local header "META-INF/envelope.json"
 * 8192    envelope slot
 * then    per section, in the manifest's order:
 *           local header "verity/&lt;id&gt;.tree", Merkle tree aligned to 4096
 *           local header "sec/&lt;id&gt;/&lt;name&gt;", bytes aligned to 2^log2Align
 * end     central directory, ZIP64 end, ZIP64 locator, end
 * </pre>
 *
 * <p>There are no gaps: what aligns content is the padding field of its local header. That field
 * holds at most 65535 bytes, which suffices because a tree ends on a multiple of 4096.
 *
 * @param entries in file order: header, envelope, then tree and bytes of each section
 */
public record ContainerLayout(int log2Align, long envelopeSlot, List<Entry> entries) {
  private static final int BLOCK = 1 << ContainerFormat.LOG2_VERITY;

  /** What decides where a section goes. */
  public record Shape(String id, String name, long length) {}

  /**
   * The layout of these sections.
   *
   * @throws ArithmeticException if the sizes add up to more than a file can have
   */
  public static ContainerLayout of(int log2Align, long envelopeSlot, List<Shape> sections) {
    List<Entry> entries = new ArrayList<>();
    entries.add(
        Entry.place("FMW-HEADER", 0, ContainerFormat.HEADER_OFFSET, ContainerFormat.HEADER_LENGTH));
    entries.add(Entry.place("META-INF/envelope.json", BLOCK, BLOCK, envelopeSlot));
    for (Shape section : sections) {
      Entry tree =
          Entry.place(
              treeName(section.id()),
              entries.getLast().end(),
              BLOCK,
              TreeShape.of(section.length()).length());
      entries.add(tree);
      entries.add(
          Entry.place(
              sectionName(section.id(), section.name()),
              tree.end(),
              1L << log2Align,
              section.length()));
    }
    return new ContainerLayout(log2Align, envelopeSlot, List.copyOf(entries));
  }

  public static String treeName(String id) {
    return "verity/" + id + ".tree";
  }

  public static String sectionName(String id, String name) {
    return "sec/" + id + "/" + name;
  }

  public Entry header() {
    return entries.get(0);
  }

  public Entry envelope() {
    return entries.get(1);
  }

  /** The entry of the tree of the section with this index. */
  public Entry tree(int section) {
    return entries.get(2 + 2 * section);
  }

  /** The entry of the bytes of the section with this index. */
  public Entry data(int section) {
    return entries.get(3 + 2 * section);
  }

  /** Where the first section's tree entry begins: right after the slot. */
  public long firstSectionOffset() {
    return envelope().end();
  }

  public long centralDirectoryOffset() {
    return entries.getLast().end();
  }

  public long centralDirectoryLength() {
    return entries.stream().mapToLong(ZipRecords::centralLength).sum();
  }

  public long fileSize() {
    return Math.addExact(
        Math.addExact(centralDirectoryOffset(), centralDirectoryLength()), ZipRecords.END_RECORDS);
  }
}
