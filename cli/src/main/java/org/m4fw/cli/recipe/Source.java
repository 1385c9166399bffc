package org.m4fw.cli.recipe;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the files of a directory come from, as {@code pull} writes it down in {@code
 * m4fw.lock.json} ({@link LockFile}) beside them: under {@code hub OWNER/NAME}, the commit, the
 * licence that the model's card states, and every file with its digest.
 *
 * @param repository {@code OWNER/NAME}
 */
public record Source(String repository, Lock.Input input) {
  private static final String NAME = "m4fw.lock.json";
  private static final String KIND = "hub ";

  /**
   * What a directory says of itself; empty if it was not pulled.
   *
   * @throws org.m4fw.base.problem.ProblemException if the file is none that we wrote
   */
  public static Optional<Source> read(Path directory) {
    Path file = directory.resolve(NAME);
    Optional<Lock> lock = LockFile.read(file);
    if (lock.isEmpty()) {
      return Optional.empty();
    }
    SortedMap<String, Lock.Input> inputs = lock.get().inputs();
    if (inputs.size() != 1 || !inputs.firstKey().startsWith(KIND)) {
      throw RecipeError.LOCK_UNREADABLE.at(file, "inputs", "not what 'm4fw pull' writes");
    }
    return Optional.of(
        new Source(inputs.firstKey().substring(KIND.length()), inputs.firstEntry().getValue()));
  }

  /** Replaces the file. */
  public static void write(Path directory, Source source) {
    LockFile.write(
        directory.resolve(NAME),
        new Lock(new TreeMap<>(Map.of(KIND + source.repository(), source.input()))));
  }

  /** The commit, if these files are what was pulled; a file that was changed is of no commit. */
  public Optional<String> revision(SortedMap<String, Lock.LockedFile> files) {
    boolean same =
        files.entrySet().stream()
            .filter(file -> !file.getKey().equals(NAME))
            .allMatch(file -> file.getValue().equals(input.files().get(file.getKey())));
    return same ? Optional.of(input.origin().revision()) : Optional.empty();
  }
}
