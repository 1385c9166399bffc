package org.m4fw.image.delta;

import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Consumer;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.Storage;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SignedManifest;

/** Makes the new image from the old one and a delta. */
public final class DeltaApplication {
  private final Storage storage;
  private final long interval;
  private final OrderedWork work;
  private final Progress progress;

  /**
   * An application.
   *
   * @param storage where the new image goes
   * @param interval as for {@link Assembly}
   */
  public DeltaApplication(Storage storage, long interval, OrderedWork work, Progress progress) {
    this.storage = storage;
    this.interval = interval;
    this.work = work;
    this.progress = progress;
  }

  /**
   * Writes the new image. The signatures are checked before anything is written; every section is
   * held against the signed manifest before the image gets its name. What is interrupted goes on
   * with the next call.
   *
   * @param trust throws if the signatures of the new image do not count
   * @param name of the new image in the storage; not that of the old one
   * @throws ProblemException with a {@link DeltaError}, an {@link ImageError}, what {@code trust}
   *     throws, or a {@link org.m4fw.base.file.FileError}
   */
  public void run(Delta delta, ImageFile old, Consumer<SignedManifest> trust, String name) {
    if (same(old, name)) {
      throw DeltaError.IN_PLACE.at(storage.path(name), "");
    }
    trust.accept(delta.result());
    try {
      new Assembly(delta.result(), storage, interval, work, progress)
          .run(() -> delta.from(old), name);
    } catch (ProblemException e) {
      if (e.problem().code() == ImageError.ROOT_MISMATCH) {
        throw DeltaError.RESULT_DIFFERS.at(delta.path(), e.problem().item(), e.problem().message());
      }
      throw e;
    }
  }

  private boolean same(ImageFile old, String name) {
    try {
      return storage.exists(name) && Files.isSameFile(old.path(), storage.path(name));
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(storage.path(name), "", FileError.reason(e));
    }
  }
}
