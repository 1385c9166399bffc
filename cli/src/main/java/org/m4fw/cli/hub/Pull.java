package org.m4fw.cli.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.hub.Pulled.PulledFile;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.Source;

/**
 * Brings the files of a repository into a directory: reads the hub's list, chooses, downloads
 * several at a time, and writes down the commit and what was got ({@link Source}). A directory that
 * was pulled before stays at its commit unless another revision is asked for; files that are right
 * already are not fetched again.
 */
public final class Pull {
  private static final String NEWEST = "main";

  /** For the file system's own records. */
  private static final long SPARE_ROOM = 16 << 20;

  private final RepositoryName repository;
  private final FileChoice choice;
  private final Path directory;
  private final int jobs;
  private final Progress progress;

  /**
   * A pull.
   *
   * @param jobs how many files are under way at once
   */
  public Pull(
      RepositoryName repository, FileChoice choice, Path directory, int jobs, Progress progress) {
    this.repository = repository;
    this.choice = choice;
    this.directory = directory;
    this.jobs = jobs;
    this.progress = progress;
  }

  /**
   * Does it.
   *
   * @param dry only say what would be done
   * @throws org.m4fw.base.problem.ProblemException with a {@link HubError} or a {@link FileError}
   */
  public Pulled run(HubSettings settings, boolean dry) {
    Optional<Source> earlier = Source.read(directory);
    earlier
        .filter(source -> !source.repository().equals(repository.id()))
        .ifPresent(
            source -> {
              throw HubError.OTHER_SOURCE.at(directory, "", source.repository(), repository.id());
            });
    String revision =
        repository
            .revision()
            .or(() -> earlier.map(source -> source.input().origin().revision()))
            .orElse(NEWEST);
    try (HubConnection connection = new HubConnection(settings)) {
      HubListing listing = connection.list(repository, revision);
      SortedMap<String, HubFile> files = choice.of(repository.id(), listing);
      if (dry) {
        return pulled(listing, files.values().stream().map(Pull::wanted).toList());
      }
      Transfers transfers = new Transfers(connection, listing.commit());
      Pulled pulled = pulled(listing, transfers.run(List.copyOf(files.values())));
      Source.write(directory, new Source(repository.id(), pulled.input()));
      return pulled;
    }
  }

  private Pulled pulled(HubListing listing, List<PulledFile> files) {
    return new Pulled(
        repository, new Recipe.Origin("", listing.commit(), listing.licence().orElse("")), files);
  }

  private static PulledFile wanted(HubFile file) {
    return new PulledFile(file.path(), file.size(), Optional.empty(), Pulled.State.WANTED);
  }

  /** The downloads of one pull. */
  private final class Transfers {
    private final HubConnection connection;
    private final String commit;

    Transfers(HubConnection connection, String commit) {
      this.connection = connection;
      this.commit = commit;
    }

    List<PulledFile> run(List<HubFile> files) {
      requireRoom(files);
      long total = files.stream().mapToLong(HubFile::size).sum();
      try (Progress.Stage stage = progress.stage("pull", total)) {
        return all(files, stage);
      }
    }

    /** What is there in part counts as missing: it may be of no use. */
    private void requireRoom(List<HubFile> files) {
      long missing =
          files.stream()
              .filter(file -> !hasSize(directory.resolve(file.path()), file.size()))
              .mapToLong(HubFile::size)
              .sum();
      try {
        Files.createDirectories(directory);
        long room = Files.getFileStore(directory).getUsableSpace();
        if (missing > 0 && missing > room - SPARE_ROOM) {
          throw HubError.NO_ROOM.at(directory, "", missing, room);
        }
      } catch (IOException e) {
        throw FileError.ofWriting(e).at(directory, "", FileError.reason(e));
      }
    }

    /** The first failure ends it, whichever file it is of. */
    private List<PulledFile> all(List<HubFile> files, Progress.Stage stage) {
      ExecutorService workers = Executors.newFixedThreadPool(jobs);
      try {
        var done = new ExecutorCompletionService<PulledFile>(workers);
        files.forEach(file -> done.submit(() -> get(file, stage)));
        List<PulledFile> got = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
          got.add(result(done.take()));
        }
        got.sort(Comparator.comparing(PulledFile::path));
        return got;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw HubError.UNREACHABLE.at(repository.id(), "", 1, "interrupted");
      } finally {
        // After a failure the others stop; what they have got stays for the next time.
        workers.shutdownNow();
        workers.close();
      }
    }

    private static PulledFile result(Future<PulledFile> future) throws InterruptedException {
      try {
        return future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException problem) {
          throw problem;
        }
        throw new IllegalStateException(e.getCause());
      }
    }

    private PulledFile get(HubFile file, Progress.Stage stage) {
      Path target = directory.resolve(file.path());
      Optional<Digest> present = present(file, target);
      if (present.isPresent()) {
        stage.advance(file.size());
        return new PulledFile(file.path(), file.size(), present, Pulled.State.PRESENT);
      }
      URI address = connection.address(repository, commit, file);
      try (FileDownload download =
          new FileDownload(connection, address, file, target, stage::advance)) {
        return new PulledFile(
            file.path(), file.size(), Optional.of(download.run()), Pulled.State.DOWNLOADED);
      }
    }

    /** The digest of the file, if it is there already and right. */
    private static Optional<Digest> present(HubFile file, Path target) {
      if (!hasSize(target, file.size())) {
        return Optional.empty();
      }
      try (MappedFile mapped = MappedFile.open(target)) {
        var digest = file.digest().begin(file.size());
        Digest.update(digest, mapped.segment());
        return file.digest().matches(digest.digest())
            ? Optional.of(Digest.of(mapped.segment()))
            : Optional.empty();
      }
    }

    private static boolean hasSize(Path file, long size) {
      try {
        return Files.isRegularFile(file) && Files.size(file) == size;
      } catch (IOException e) {
        throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
      }
    }
  }
}
