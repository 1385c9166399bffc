package org.m4fw.cli.hub;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.Recipe;

/**
 * What a pull did, or would do.
 *
 * @param origin the commit and the licence
 * @param files by path
 */
public record Pulled(RepositoryName repository, Recipe.Origin origin, List<PulledFile> files) {
  /** Where a file's content came from. */
  public enum State {
    DOWNLOADED,
    /** It was there already, and is as it should be. */
    PRESENT,
    /** It was only said what would be done. */
    WANTED
  }

  /**
   * A file.
   *
   * @param digest of its content; of a file that is only wanted the hub may know another kind
   */
  public record PulledFile(String path, long size, Optional<Digest> digest, State state) {}

  public Pulled {
    files = List.copyOf(files);
  }

  /** In bytes. */
  public long size() {
    return files.stream().mapToLong(PulledFile::size).sum();
  }

  /** What the lock file says of them. */
  Lock.Input input() {
    SortedMap<String, Lock.LockedFile> locked = new TreeMap<>();
    for (PulledFile file : files) {
      locked.put(file.path(), new Lock.LockedFile(file.size(), file.digest().orElseThrow()));
    }
    return new Lock.Input(origin, locked);
  }
}
