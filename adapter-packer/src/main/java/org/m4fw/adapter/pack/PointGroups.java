package org.m4fw.adapter.pack;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.base.json.Fields;

/**
 * The points of a package in its manifest: those that are alike in all but their names together, as
 * a manifest of one entry for each would not leave a small package room for signatures.
 *
 * <pre>
 * [{"alpha":"16","in":N,"kernel":[N,…],"names":[S,…],"out":N,"rank":N,"table":true},…]
 * </pre>
 *
 * {@code kernel} stands only at convolutions, {@code table} only at tables of embeddings.
 *
 * <p>Names are sorted within a group, groups by their first names; no name is there twice, and no
 * two groups are alike. So the same points have one form only.
 */
final class PointGroups {
  private static final Comparator<PackageContent.Point> BY_NAME =
      Comparator.comparing(PackageContent.Point::name);

  private PointGroups() {}

  static List<Map<String, Object>> fields(List<PackageContent.Point> points) {
    SequencedMap<PackageContent.Point, List<String>> groups = new LinkedHashMap<>();
    points.stream()
        .sorted(BY_NAME)
        .forEach(
            point ->
                groups
                    .computeIfAbsent(point.named(""), kind -> new ArrayList<>())
                    .add(point.name()));
    List<Map<String, Object>> fields = new ArrayList<>();
    groups.forEach((kind, names) -> fields.add(group(kind, names)));
    return fields;
  }

  private static Map<String, Object> group(PackageContent.Point kind, List<String> names) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("alpha", PackageContentJson.decimal(kind.alpha()));
    fields.put("in", kind.in());
    if (!kind.kernel().isEmpty()) {
      fields.put("kernel", kind.kernel());
    }
    fields.put("names", names);
    fields.put("out", kind.out());
    fields.put("rank", kind.rank());
    if (kind.table()) {
      fields.put("table", true);
    }
    return fields;
  }

  /** The points, sorted by name. */
  static List<PackageContent.Point> read(Fields content) {
    List<PackageContent.Point> points = new ArrayList<>();
    Set<PackageContent.Point> kinds = new HashSet<>();
    Set<String> seen = new HashSet<>();
    String last = "";
    for (Fields group : content.objects("points")) {
      group.allowOnly("alpha", "in", "kernel", "names", "out", "rank", "table");
      PackageContent.Point kind = kind(group);
      List<String> names = group.strings("names");
      if (!kinds.add(kind) || names.isEmpty() || names.getFirst().compareTo(last) <= 0) {
        throw PackageError.BAD_FIELD.at(
            group.file(),
            "content.%s.names".formatted(group.path()),
            names.isEmpty() ? "none" : names.getFirst(),
            "groups that differ, sorted by their first names");
      }
      last = names.getFirst();
      requireSorted(group, names, seen);
      names.forEach(name -> points.add(kind.named(name)));
    }
    points.sort(BY_NAME);
    return points;
  }

  private static PackageContent.Point kind(Fields group) {
    return new PackageContent.Point(
        "",
        group.integer("in", 1, PackageContentJson.MAX_WIDTH),
        group.integer("out", 1, PackageContentJson.MAX_WIDTH),
        (int) group.integer("rank", 1, LoraAssembly.MAX_RANK),
        PackageContentJson.parsed(group, "alpha", PackageContentJson::number, "a decimal number"),
        group.has("table") && isTable(group),
        InterfaceJson.kernel(group));
  }

  /** Layers are left without the word. */
  private static boolean isTable(Fields group) {
    if (!group.bool("table", false)) {
      throw PackageError.BAD_FIELD.at(
          group.file(), "content.%s.table".formatted(group.path()), "false", "true or nothing");
    }
    return true;
  }

  private static void requireSorted(Fields group, List<String> names, Set<String> seen) {
    String last = "";
    for (String name : names) {
      if (name.compareTo(last) <= 0 || !seen.add(name)) {
        throw PackageError.BAD_FIELD.at(
            group.file(),
            "content.%s.names".formatted(group.path()),
            name,
            "each point once, sorted by name");
      }
      last = name;
    }
  }
}
