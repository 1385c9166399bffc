package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.image.verity.TreeShape;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How two containers differ.
 *
 * @param identical whether all bytes are the same
 * @param identicalButSignatures whether all bytes are the same that do not follow from the
 *     signatures: those outside the envelope slot, its length and the checksums over it
 * @param fields of the manifest that differ, sections left out, by path
 * @param sections that differ, by id; one that only moved is not among them
 */
public record ImageDifference(
    boolean identical,
    boolean identicalButSignatures,
    List<FieldChange> fields,
    List<SectionChange> sections) {

  /**
   * A field of the manifest.
   *
   * @param path such as {@code content.components[0].scheme}
   * @param before as JSON; empty if the field is new
   * @param after as JSON; empty if the field is gone
   */
  public record FieldChange(String path, Optional<String> before, Optional<String> after) {}

  /** A section that is not the same in both. */
  public sealed interface SectionChange {
    String id();

    /** Only in the second container. */
    record Added(Section section) implements SectionChange {
      @Override
      public String id() {
        return section.id();
      }
    }

    /** Only in the first container. */
    record Removed(Section section) implements SectionChange {
      @Override
      public String id() {
        return section.id();
      }
    }

    /**
     * In both, with other bytes or another description.
     *
     * @param changedBlocks how many blocks of 4096 bytes differ at the same place, or are new or
     *     gone; 0 if only the description changed
     */
    record Changed(Section before, Section after, long changedBlocks) implements SectionChange {
      @Override
      public String id() {
        return before.id();
      }
    }
  }

  /** Compares two containers. The sections' bytes are compared as they are, not verified. */
  public static ImageDifference between(ImageFile before, ImageFile after) {
    MemorySegment a = before.segment();
    MemorySegment b = after.segment();
    boolean sameLayout = before.manifest().layout().equals(after.manifest().layout());
    boolean butSignatures =
        sameLayout && SignatureBytes.sameOutside(before.manifest().derivedLayout(), a, b);
    return new ImageDifference(
        butSignatures && a.mismatch(b) < 0,
        butSignatures,
        fields(before, after),
        sections(before, after));
  }

  private static List<FieldChange> fields(ImageFile before, ImageFile after) {
    Map<String, String> a = flatten(before);
    Map<String, String> b = flatten(after);
    TreeSet<String> paths = new TreeSet<>(a.keySet());
    paths.addAll(b.keySet());
    return paths.stream()
        .map(
            path ->
                new FieldChange(
                    path, Optional.ofNullable(a.get(path)), Optional.ofNullable(b.get(path))))
        .filter(change -> !change.before().equals(change.after()))
        .toList();
  }

  private static Map<String, String> flatten(ImageFile image) {
    ObjectNode node = ManifestJson.node(image.manifest());
    node.remove("sections");
    Map<String, String> leaves = new TreeMap<>();
    flatten("", node, leaves);
    return leaves;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> leaves) {
    if (node.isObject() && !node.isEmpty()) {
      String prefix = path.isEmpty() ? "" : path + ".";
      node.propertyNames().forEach(name -> flatten(prefix + name, node.get(name), leaves));
    } else if (node.isArray() && !node.isEmpty()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "[" + i + "]", node.get(i), leaves);
      }
    } else {
      leaves.put(path, new String(CanonicalJson.bytes(node), StandardCharsets.UTF_8));
    }
  }

  private static List<SectionChange> sections(ImageFile before, ImageFile after) {
    TreeSet<String> ids = new TreeSet<>();
    before.manifest().sections().forEach(section -> ids.add(section.id()));
    after.manifest().sections().forEach(section -> ids.add(section.id()));
    List<SectionChange> changes = new ArrayList<>();
    for (String id : ids) {
      Optional<Section> a = before.manifest().section(id);
      Optional<Section> b = after.manifest().section(id);
      if (a.isEmpty()) {
        changes.add(new SectionChange.Added(b.orElseThrow()));
      } else if (b.isEmpty()) {
        changes.add(new SectionChange.Removed(a.get()));
      } else if (!a.get().fsv().equals(b.get().fsv()) || !a.get().spec().equals(b.get().spec())) {
        changes.add(
            new SectionChange.Changed(
                a.get(), b.get(), changedBlocks(before, a.get(), after, b.get())));
      }
    }
    return changes;
  }

  /** Counted by the leaves of the Merkle trees, without a look at the data. */
  private static long changedBlocks(ImageFile before, Section a, ImageFile after, Section b) {
    if (a.fsv().equals(b.fsv())) {
      return 0;
    }
    TreeShape shapeA = TreeShape.of(a.length());
    TreeShape shapeB = TreeShape.of(b.length());
    long all = Math.max(shapeA.dataBlocks(), shapeB.dataBlocks());
    if (shapeA.levelBlocks().isEmpty() || shapeB.levelBlocks().isEmpty()) {
      return Math.max(1, all);
    }
    long common = Math.min(shapeA.dataBlocks(), shapeB.dataBlocks());
    MemorySegment leavesA = before.tree(a).asSlice(shapeA.upperLength());
    MemorySegment leavesB = after.tree(b).asSlice(shapeB.upperLength());
    long same = 0;
    for (long at = 0; at < common * TreeShape.HASH; at += TreeShape.HASH) {
      if (MemorySegment.mismatch(leavesA, at, at + TreeShape.HASH, leavesB, at, at + TreeShape.HASH)
          < 0) {
        same++;
      }
    }
    return all - same;
  }
}
