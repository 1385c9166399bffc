package org.m4fw.adapter.contract;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.digest.Digest;

/**
 * How an interface differs from an earlier one, and what its version has to be for that. Each
 * change is judged by a fixed rule ({@link ChangeKind}), so that a build can refuse to break
 * adapters without saying so.
 */
public final class InterfaceDifference {
  /**
   * One change.
   *
   * @param item the attachment point; empty where the whole interface is meant
   * @param text from what to what, one line
   */
  public record Change(ChangeKind kind, String item, String text) {}

  private final InterfaceRecord before;
  private final InterfaceRecord after;
  private final List<Change> changes = new ArrayList<>();

  private InterfaceDifference(InterfaceRecord before, InterfaceRecord after) {
    this.before = before;
    this.after = after;
  }

  /** All changes; the gravest first, then in the order of the points. */
  public static InterfaceDifference between(InterfaceRecord before, InterfaceRecord after) {
    InterfaceDifference difference = new InterfaceDifference(before, after);
    difference.whole();
    difference.points();
    SlotDifference.find(before.slots(), after.slots(), difference::add);
    difference.changes.sort(Comparator.comparing((Change c) -> c.kind().level()).reversed());
    return difference;
  }

  public List<Change> changes() {
    return List.copyOf(changes);
  }

  /** The gravest level among the changes. */
  public ChangeLevel level() {
    return changes.stream()
        .map(change -> change.kind().level())
        .max(Comparator.naturalOrder())
        .orElse(ChangeLevel.NONE);
  }

  /** The lowest version that the later interface may have. */
  public SemanticVersion requiredVersion() {
    return level().next(before.version());
  }

  /** Whether the later interface has a version that says what changed. */
  public boolean versionSuffices() {
    return after.version().compareTo(requiredVersion()) >= 0;
  }

  private void whole() {
    if (!before.id().equals(after.id())) {
      add(ChangeKind.INTERFACE_ID, "", before.id() + " -> " + after.id());
    }
    if (!before.tokenizer().equals(after.tokenizer())) {
      add(ChangeKind.TOKENIZER, "", text(before.tokenizer()) + " -> " + text(after.tokenizer()));
    }
    if (!before.preprocessing().equals(after.preprocessing())) {
      add(
          ChangeKind.PREPROCESSING,
          "",
          text(before.preprocessing()) + " -> " + text(after.preprocessing()));
    }
    sets(
        "",
        before.scalings(),
        after.scalings(),
        ChangeKind.SCALING_REMOVED,
        ChangeKind.SCALING_ADDED);
    if (!before.weights().equals(after.weights())) {
      add(ChangeKind.WEIGHTS, "", before.weights() + " -> " + after.weights());
    }
  }

  private void points() {
    SortedMap<String, InterfacePoint> old = byName(before);
    SortedMap<String, InterfacePoint> current = byName(after);
    SortedSet<String> names = new TreeSet<>(old.keySet());
    names.addAll(current.keySet());
    for (String name : names) {
      InterfacePoint was = old.get(name);
      InterfacePoint is = current.get(name);
      if (was == null) {
        add(ChangeKind.POINT_ADDED, name, "is new");
      } else if (is == null) {
        add(ChangeKind.POINT_REMOVED, name, "is gone");
      } else {
        point(was, is);
      }
    }
  }

  private void point(InterfacePoint was, InterfacePoint is) {
    if (was.table() != is.table()) {
      add(ChangeKind.POINT_TABLE, was.name(), is.table() ? "layer -> table" : "table -> layer");
    }
    if (!was.kernel().equals(is.kernel())) {
      add(ChangeKind.POINT_KERNEL, was.name(), was.kernel() + " -> " + is.kernel());
    }
    if (was.in() != is.in() || was.out() != is.out()) {
      String text = "%d to %d -> %d to %d".formatted(was.in(), was.out(), is.in(), is.out());
      add(ChangeKind.POINT_WIDTH, was.name(), text);
    }
    if (was.maxRank() != is.maxRank()) {
      add(
          is.maxRank() < was.maxRank() ? ChangeKind.RANK_LOWERED : ChangeKind.RANK_RAISED,
          was.name(),
          was.maxRank() + " -> " + is.maxRank());
    }
    sets(was.name(), was.kinds(), is.kinds(), ChangeKind.KIND_REMOVED, ChangeKind.KIND_ADDED);
    sets(was.name(), was.dtypes(), is.dtypes(), ChangeKind.DTYPE_REMOVED, ChangeKind.DTYPE_ADDED);
  }

  private void sets(
      String item,
      SortedSet<String> was,
      SortedSet<String> is,
      ChangeKind removed,
      ChangeKind added) {
    was.stream().filter(word -> !is.contains(word)).forEach(word -> add(removed, item, word));
    is.stream().filter(word -> !was.contains(word)).forEach(word -> add(added, item, word));
  }

  private static SortedMap<String, InterfacePoint> byName(InterfaceRecord record) {
    SortedMap<String, InterfacePoint> points = new TreeMap<>();
    record.points().forEach(point -> points.put(point.name(), point));
    return points;
  }

  private static String text(Optional<Digest> digest) {
    return digest.map(Digest::toString).orElse("none");
  }

  private void add(ChangeKind kind, String item, String text) {
    changes.add(new Change(kind, item, text));
  }
}
