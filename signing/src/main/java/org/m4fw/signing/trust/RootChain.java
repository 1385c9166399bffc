package org.m4fw.signing.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;

/**
 * Trust roots that follow one another, as in TUF: each is signed by enough root keys of the one
 * before it and by enough of its own. Whoever trusts the first needs nothing else to trust the
 * last.
 *
 * <p>In a directory, named {@code VERSION.root.json}; the one with the lowest version is the
 * anchor, which is trusted because its owner put it there. Other files are ignored. A single file
 * is a chain of one. There is no expiry and no clock; that a device is not shown an old chain is
 * the matter of {@link #latest}'s version, which it remembers.
 *
 * @param roots without gaps, the anchor first
 */
public record RootChain(List<SignedRoot> roots) {
  private static final int MAX_ROOTS = 1024;
  private static final Pattern NAME = Pattern.compile("([1-9][0-9]{0,6})\\.root\\.json");

  public RootChain {
    roots = List.copyOf(roots);
  }

  /** The name of a root in the directory of its chain. */
  public static String fileName(int version) {
    return version + ".root.json";
  }

  /** Whether a directory holds roots by their names. */
  public static boolean isChain(Path directory) {
    return !files(directory).isEmpty();
  }

  /**
   * Reads a chain and checks it.
   *
   * @param path a directory, or one root
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError}, or the error of
   *     the JSON, key, envelope or file
   */
  public static RootChain read(Path path) {
    if (!Files.isDirectory(path)) {
      return new RootChain(List.of(anchor(path)));
    }
    SortedMap<Integer, Path> files = files(path);
    if (files.isEmpty()) {
      throw TrustRootError.EMPTY_CHAIN.at(path, "");
    }
    if (files.size() > MAX_ROOTS) {
      throw TrustRootError.TOO_MANY.at(path, "roots", files.size(), MAX_ROOTS);
    }
    List<SignedRoot> roots = new ArrayList<>();
    files.forEach(
        (version, file) -> {
          SignedRoot root = roots.isEmpty() ? anchor(file) : SignedRoot.read(file);
          if (root.root().version() != version) {
            throw TrustRootError.BAD_NAME.at(file, "version", version, root.root().version());
          }
          if (!roots.isEmpty()) {
            root.checkFollows(roots.getLast());
          }
          roots.add(root);
        });
    return new RootChain(roots);
  }

  private static SignedRoot anchor(Path file) {
    SignedRoot root = SignedRoot.read(file);
    if (root.envelope().isPresent()) {
      root.checkSelfSigned();
    }
    return root;
  }

  private static SortedMap<Integer, Path> files(Path directory) {
    SortedMap<Integer, Path> files = new TreeMap<>();
    try (Stream<Path> entries = Files.list(directory)) {
      entries.forEach(
          entry -> {
            Matcher name = NAME.matcher(entry.getFileName().toString());
            if (name.matches()) {
              files.put(Integer.parseInt(name.group(1)), entry);
            }
          });
      return files;
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  public SignedRoot anchor() {
    return roots.getFirst();
  }

  /** The one that counts. */
  public SignedRoot latest() {
    return roots.getLast();
  }
}
