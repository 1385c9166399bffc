package org.m4fw.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.DurableRecord;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.Storage;
import org.m4fw.base.problem.ProblemException;

/**
 * How far an assembly is durable: a {@link DurableRecord} beside the unfinished container, of its
 * image id and the number of its sections' bytes. Never written before those bytes are durable.
 */
final class Checkpoint {
  private final Storage storage;
  private final String part;
  private final String name;
  private final Digest imageId;
  private final long interval;
  private Storage.@Nullable StoredFile file;
  private long last;

  Checkpoint(Storage storage, String part, Digest imageId, long interval) {
    this.interval = interval;
    this.storage = storage;
    this.part = part;
    this.name = part + "-state";
    this.imageId = imageId;
  }

  /** How many bytes of the sections are there from an earlier run. */
  long read() {
    Optional<Long> stored = storage.exists(part) ? stored() : Optional.empty();
    if (stored.isEmpty()) {
      return restart();
    }
    last = stored.get();
    return last;
  }

  private Optional<Long> stored() {
    try {
      return DurableRecord.read(storage.path(name))
          .map(ByteBuffer::wrap)
          .filter(record -> record.remaining() == Digest.BYTES + Long.BYTES)
          .filter(record -> Arrays.equals(imageId.bytes(), head(record)))
          .map(ByteBuffer::getLong);
    } catch (ProblemException e) {
      if (e.problem().code() == FileError.BOTH_COPIES_DAMAGED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static byte[] head(ByteBuffer record) {
    byte[] id = new byte[Digest.BYTES];
    record.get(id);
    return id;
  }

  /** Forgets what was there; a record must not outlive the file that it is about. */
  long restart() {
    remove();
    storage.delete(part);
    storage.sync();
    last = 0;
    return last;
  }

  void remove() {
    DurableRecord.delete(storage, name);
  }

  /** From now on this is the unfinished container. */
  void of(Storage.StoredFile unfinished) {
    file = unfinished;
  }

  /** So many bytes are written. */
  void reached(long bytes) {
    if (bytes - last >= interval && file != null) {
      file.force();
      ByteBuffer record = ByteBuffer.allocate(Digest.BYTES + Long.BYTES);
      DurableRecord.write(storage, name, record.put(imageId.bytes()).putLong(bytes).array());
      last = bytes;
    }
  }
}
