package org.m4fw.cli.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;

/**
 * What a recipe's inputs were when it was built. File format: {@link LockFile}.
 *
 * @param inputs by kind and name: {@code component backbone}, {@code adapter org.example.licence},
 *     {@code tokens eval/kjv_val.json}, {@code target my-board.json}
 */
public record Lock(SortedMap<String, Input> inputs) {
  public Lock {
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
  }

  /**
   * An input.
   *
   * @param files by name, relative to the input's directory
   */
  public record Input(Recipe.Origin origin, SortedMap<String, LockedFile> files) {
    public Input {
      files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }
  }

  /** A file as it was. */
  public record LockedFile(long size, Digest digest) {}

  /** What is not as in an older lock, one line each; empty if nothing changed. */
  public List<String> changesFrom(Lock older) {
    List<String> changes = new ArrayList<>();
    inputs.forEach(
        (name, input) -> {
          Input before = older.inputs().get(name);
          if (before == null) {
            changes.add(name + " is new");
          } else {
            changes(name, before, input, changes);
          }
        });
    older.inputs().keySet().stream()
        .filter(name -> !inputs.containsKey(name))
        .forEach(name -> changes.add(name + " is gone"));
    return changes;
  }

  private static void changes(String name, Input before, Input now, List<String> changes) {
    now.files()
        .forEach(
            (file, state) -> {
              LockedFile old = before.files().get(file);
              if (old == null) {
                changes.add("%s: %s is new".formatted(name, file));
              } else if (!old.equals(state)) {
                changes.add("%s: %s changed".formatted(name, file));
              }
            });
    before.files().keySet().stream()
        .filter(file -> !now.files().containsKey(file))
        .forEach(file -> changes.add("%s: %s is gone".formatted(name, file)));
    if (!before.origin().equals(now.origin())) {
      changes.add(
          "%s: revision or licence changed from '%s', '%s' to '%s', '%s'"
              .formatted(
                  name,
                  before.origin().revision(),
                  before.origin().licence(),
                  now.origin().revision(),
                  now.origin().licence()));
    }
  }
}
