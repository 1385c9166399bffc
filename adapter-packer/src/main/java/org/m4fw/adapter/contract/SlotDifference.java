package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** How what an interface offers besides attachment points differs from an earlier one. */
final class SlotDifference {
  /** Takes one change. */
  interface Changes {
    void add(ChangeKind kind, String item, String text);
  }

  private final Changes changes;

  private SlotDifference(Changes changes) {
    this.changes = changes;
  }

  /** Finds all changes, in the order of names. */
  static void find(InterfaceRecord.Slots was, InterfaceRecord.Slots is, Changes changes) {
    SlotDifference difference = new SlotDifference(changes);
    difference.compare(
        by(was.heads(), InterfaceHead::name),
        by(is.heads(), InterfaceHead::name),
        ChangeKind.HEAD_REMOVED,
        ChangeKind.HEAD_ADDED,
        difference::head);
    difference.compare(
        by(was.projections(), InterfaceProjection::name),
        by(is.projections(), InterfaceProjection::name),
        ChangeKind.PROJECTION_REMOVED,
        ChangeKind.PROJECTION_ADDED,
        difference::projection);
    difference.compare(
        by(was.prompts(), InterfacePrompt::name),
        by(is.prompts(), InterfacePrompt::name),
        ChangeKind.PROMPT_REMOVED,
        ChangeKind.PROMPT_ADDED,
        difference::prompt);
  }

  /** Compares what is there on both sides. */
  private interface Pair<T> {
    void compare(T was, T is);
  }

  private <T> void compare(
      SortedMap<String, T> was,
      SortedMap<String, T> is,
      ChangeKind removed,
      ChangeKind added,
      Pair<T> both) {
    SortedSet<String> names = new TreeSet<>(was.keySet());
    names.addAll(is.keySet());
    for (String name : names) {
      Optional<T> before = Optional.ofNullable(was.get(name));
      Optional<T> after = Optional.ofNullable(is.get(name));
      if (before.isEmpty()) {
        changes.add(added, name, "is new");
      } else if (after.isEmpty()) {
        changes.add(removed, name, "is gone");
      } else {
        both.compare(before.get(), after.get());
      }
    }
  }

  private void head(InterfaceHead was, InterfaceHead is) {
    if (!was.shape().equals(is.shape())) {
      changes.add(ChangeKind.HEAD_SHAPE, was.name(), was.shape() + " -> " + is.shape());
    }
    for (String dtype : was.dtypes()) {
      if (!is.dtypes().contains(dtype)) {
        changes.add(ChangeKind.DTYPE_REMOVED, was.name(), dtype);
      }
    }
    for (String dtype : is.dtypes()) {
      if (!was.dtypes().contains(dtype)) {
        changes.add(ChangeKind.DTYPE_ADDED, was.name(), dtype);
      }
    }
  }

  private void projection(InterfaceProjection was, InterfaceProjection is) {
    if (was.in() != is.in() || was.out() != is.out()) {
      String text = "%d to %d -> %d to %d".formatted(was.in(), was.out(), is.in(), is.out());
      changes.add(ChangeKind.PROJECTION_WIDTH, was.name(), text);
    }
  }

  private void prompt(InterfacePrompt was, InterfacePrompt is) {
    boolean same =
        was.layers() == is.layers() && was.heads() == is.heads() && was.width() == is.width();
    if (!same) {
      changes.add(ChangeKind.PROMPT_WIDTH, was.name(), sizes(was) + " -> " + sizes(is));
    }
    if (was.maxTokens() != is.maxTokens()) {
      changes.add(
          is.maxTokens() < was.maxTokens()
              ? ChangeKind.PROMPT_SHORTENED
              : ChangeKind.PROMPT_LENGTHENED,
          was.name(),
          was.maxTokens() + " -> " + is.maxTokens());
    }
  }

  private static String sizes(InterfacePrompt prompt) {
    return "%d layers of %d heads of %d".formatted(prompt.layers(), prompt.heads(), prompt.width());
  }

  private static <T> SortedMap<String, T> by(List<T> list, Function<T, String> name) {
    SortedMap<String, T> map = new TreeMap<>();
    list.forEach(item -> map.put(name.apply(item), item));
    return map;
  }
}
