package org.m4fw.cli.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.VendorVerdict;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;
import org.m4fw.signing.trust.Verifier;

/**
 * What a vendor says about packages on one image, in statements whose signatures were checked.
 * Where two contradict each other about a package, the stricter one counts: there is no clock that
 * could tell the later.
 */
public final class VendorVerdicts {
  /** Nothing is said about anything. */
  public static final VendorVerdicts NONE = new VendorVerdicts(new TreeMap<>());

  /** What a file of a statement is called where a whole directory is read. */
  private static final String SUFFIX = ".m4verdict";

  private final SortedMap<Digest, VendorVerdict> verdicts;

  private VendorVerdicts(SortedMap<Digest, VendorVerdict> verdicts) {
    this.verdicts = Collections.unmodifiableSortedMap(verdicts);
  }

  /**
   * Reads statements.
   *
   * @param paths files, or directories of {@code .m4verdict} files
   * @param verifier for their signatures
   * @param build the image that is asked about: statements about others do not matter
   * @throws org.m4fw.base.problem.ProblemException if one is no statement, or is not trusted
   */
  public static VendorVerdicts read(
      List<Path> paths, Verifier verifier, InterfaceRecord offered, Digest build) {
    SortedMap<Digest, VendorVerdict> verdicts = new TreeMap<>();
    for (Path path : paths) {
      for (Path file : files(path)) {
        SignedStatement statement =
            SignedStatement.read(file).require(StatementKind.ADAPTER_VERDICT);
        statement.verify(verifier);
        VendorVerdict verdict = VendorVerdict.read(statement.body());
        if (verdict.isAbout(offered, build)) {
          statement
              .subjects()
              .forEach(subject -> verdicts.merge(subject, verdict, VendorVerdicts::stricter));
        }
      }
    }
    return new VendorVerdicts(verdicts);
  }

  private static List<Path> files(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> found = Files.list(path)) {
      List<Path> files = new ArrayList<>(found.filter(f -> f.toString().endsWith(SUFFIX)).toList());
      Collections.sort(files);
      return files;
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  private static VendorVerdict stricter(VendorVerdict a, VendorVerdict b) {
    return strictness(a.outcome()) >= strictness(b.outcome()) ? a : b;
  }

  private static int strictness(Verdict.Outcome outcome) {
    return switch (outcome) {
      case ACCEPT -> 0;
      case PROVISIONAL, CARRY -> 1;
      case REJECT -> 2;
    };
  }

  /** What is said about a package, by its id. */
  public Optional<VendorVerdict> about(Digest packaged) {
    return Optional.ofNullable(verdicts.get(packaged));
  }
}
