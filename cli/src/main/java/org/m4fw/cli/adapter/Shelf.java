package org.m4fw.cli.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.LoadDecision;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.Verifier;

/**
 * A directory of packages, each held against one interface: what a store does when a new firmware
 * comes out. Packages are mapped one by one, so memory does not grow with their number.
 */
public final class Shelf {
  private final InterfaceRecord offered;
  private final Optional<Digest> build;
  private final Optional<Verifier> verifier;
  private final VendorVerdicts verdicts;
  private final boolean full;
  private Optional<Set<Origin>> carried = Optional.empty();

  /**
   * Says how to look.
   *
   * @param build the image that offers the interface, if it is one
   * @param verifier for the signatures; empty to leave them unchecked
   * @param verdicts what the vendor says about packages
   * @param full whether to read all of each package: digests, values, runtime forms
   */
  public Shelf(
      InterfaceRecord offered,
      Optional<Digest> build,
      Optional<Verifier> verifier,
      VendorVerdicts verdicts,
      boolean full) {
    this.offered = offered;
    this.build = build;
    this.verifier = verifier;
    this.verdicts = verdicts;
    this.full = full;
  }

  /**
   * What was found about one file.
   *
   * @param name id and version of the package; empty if it could not be read
   * @param verdict empty if it is no sound package
   * @param problem why not
   * @param bytes of the file
   */
  public record Entry(
      Path file, String name, Optional<Verdict> verdict, Optional<Problem> problem, long bytes) {

    /** Whether it can be loaded, or carried. */
    public boolean usable() {
      return verdict.filter(v -> v.outcome() != Verdict.Outcome.REJECT).isPresent();
    }
  }

  /** The packages in a directory, sorted by name; other files are left out. */
  public static List<Path> packages(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(".m4adapter"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  /** Looks at all of them, on all cores, and hands the results over in order. */
  public void check(List<Path> files, Progress progress, Consumer<Entry> sink) {
    try (Progress.Stage stage = progress.steps("check packages", files.size())) {
      OrderedWork.onAllCores()
          .run(
              files,
              file -> look(file, files),
              entry -> {
                sink.accept(entry);
                stage.advance(1);
              });
    }
  }

  private Entry look(Path file, List<Path> shelf) {
    try (ImageFile image = ImageFile.open(file, Kind.ADAPTER)) {
      String name = image.manifest().product() + " " + image.manifest().version();
      if (full) {
        readWhole(file);
      }
      Verdict verdict = decide(image, false);
      if (verdict.refusal().filter(why -> why.reason() == Reason.INTERFACE_VERSION).isPresent()
          && carried(shelf).contains(new Origin(image.manifest().product(), image.imageId()))) {
        verdict = decide(image, true);
      }
      return new Entry(file, name, Optional.of(verdict), Optional.empty(), image.size());
    } catch (ProblemException e) {
      return new Entry(file, "", Optional.empty(), Optional.of(e.problem()), 0);
    }
  }

  private static void readWhole(Path file) {
    try (AdapterPackage packaged = AdapterPackage.open(file)) {
      PackageEvaluation.of(packaged);
    }
  }

  private Verdict decide(ImageFile image, boolean isCarried) {
    Evidence evidence =
        Evidence.of(build)
            .withUntrusted(verifier.flatMap(checker -> Distrust.of(checker, image)))
            .withScores(AdapterPackage.carriedScores(image))
            .withVendor(verdicts.about(image.imageId()))
            .withCarried(isCarried);
    return LoadDecision.decide(offered, AdapterPackage.claimOf(image), evidence);
  }

  /** A package that another of the same name was carried over from: none speaks for another. */
  private record Origin(String product, Digest id) {}

  /** What the fitting packages of the shelf were carried over from; found when first asked for. */
  private synchronized Set<Origin> carried(List<Path> shelf) {
    if (carried.isEmpty()) {
      Set<Origin> origins = new HashSet<>();
      OrderedWork.onAllCores().run(shelf, this::origin, origin -> origin.ifPresent(origins::add));
      carried = Optional.of(origins);
    }
    return carried.get();
  }

  private Optional<Origin> origin(Path file) {
    try (ImageFile image = ImageFile.open(file, Kind.ADAPTER)) {
      return AdapterPackage.carriedFrom(image)
          .filter(from -> decide(image, false).outcome() != Verdict.Outcome.REJECT)
          .map(from -> new Origin(image.manifest().product(), from));
    } catch (ProblemException e) {
      return Optional.empty();
    }
  }
}
