package org.m4fw.signing.trust;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.RequiredSignature;

/**
 * The keys that are trusted and what they must sign together. Everything that verification relies
 * on is in here; nothing that is being verified can add to it. File format: {@link TrustRootFile}.
 *
 * @param source where it came from, for messages
 * @param development whether its keys sign development builds, and only those
 * @param keys in the order of the file, each once
 * @param required all of these must hold; together they ask for both classes of algorithms
 */
public record TrustRoot(
    String source, boolean development, List<TrustedKey> keys, List<RequiredSignature> required) {
  /** The role of the keys that sign releases. */
  public static final String RELEASE = "release";

  /** The usual requirements for releases: one signature of each class. */
  public static final List<RequiredSignature> HYBRID = hybrid(RELEASE);

  public TrustRoot {
    keys = List.copyOf(keys);
    required = List.copyOf(required);
  }

  /** One signature of each class in the role. */
  public static List<RequiredSignature> hybrid(String role) {
    return List.of(
        new RequiredSignature(role, AlgorithmClass.CLASSICAL, 1),
        new RequiredSignature(role, AlgorithmClass.POST_QUANTUM, 1));
  }

  /**
   * Reads and checks a trust root.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError}, or the error of
   *     the JSON, key or file
   */
  public static TrustRoot read(Path file) {
    if (Files.notExists(file)) {
      throw TrustRootError.MISSING.at(file, "");
    }
    return TrustRootFile.read(file);
  }

  public Optional<TrustedKey> key(String id) {
    return keys.stream().filter(key -> key.id().equals(id)).findFirst();
  }
}
