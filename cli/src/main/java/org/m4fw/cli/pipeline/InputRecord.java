package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;

/**
 * Remembers what a build reads. A file that is as the last build left it is not hashed again,
 * unless it was written so shortly before that a later change need not show in its time.
 */
final class InputRecord {
  /** Coarser than the clock of any file system in use. */
  private static final long CLOCK_NANOS = 2_000_000_000L;

  private final SortedMap<String, Stamp.Input> known;
  private final SortedMap<String, Stamp.Input> seen = new TreeMap<>();
  private final long knownAt;

  /**
   * A record.
   *
   * @param earlier the stamp of the last build
   * @param stampFile whose age says which times can be trusted
   */
  InputRecord(Optional<Stamp> earlier, Path stampFile) {
    this.known = earlier.map(Stamp::inputs).orElseGet(TreeMap::new);
    this.knownAt = FileState.of(stampFile).map(FileState::modified).orElse(0L);
  }

  /** The digest of a file, which becomes an input of the build. */
  Digest digest(Path file) {
    String path = path(file);
    FileState state = FileState.of(file).orElseThrow(() -> FileError.NOT_FOUND.at(file, ""));
    Digest digest =
        Optional.ofNullable(known.get(path))
            .filter(before -> before.state().equals(state))
            .filter(before -> state.modified() < knownAt - CLOCK_NANOS)
            .flatMap(Stamp.Input::digest)
            .orElseGet(() -> hash(file));
    seen.put(path, new Stamp.Input(state, Optional.of(digest)));
    return digest;
  }

  /** Makes a directory an input: new or missing entries count as a change. */
  void directory(Path directory) {
    FileState.of(directory)
        .ifPresent(state -> seen.put(path(directory), new Stamp.Input(state, Optional.empty())));
  }

  SortedMap<String, Stamp.Input> seen() {
    return seen;
  }

  private static String path(Path file) {
    return file.toAbsolutePath().normalize().toString();
  }

  private static Digest hash(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return Digest.of(mapped.segment());
    }
  }
}
