package org.m4fw.signing.trust;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.RequiredSignature;

/**
 * The keys that are trusted, their roles, and how many of a role must sign together. Everything
 * that verification relies on is in here; nothing that is being verified can add to it. File
 * format: {@link TrustRootFile}.
 *
 * <p>A small vendor has keys for releases only. They then do what other roles would do: the keys of
 * {@link Roles#RELEASE} act for every one of the {@link Roles#KNOWN} roles that the root does not
 * define, and for those of adapters and evaluations even where it does.
 *
 * @param source where it came from, for messages
 * @param version which root of its chain it is, from 1
 * @param development whether its keys sign development builds, and only those
 * @param keys in the order of the file, each once
 * @param required each role's thresholds by class of algorithms; a role asks for both classes
 */
public record TrustRoot(
    String source,
    int version,
    boolean development,
    List<TrustedKey> keys,
    List<RequiredSignature> required) {
  /** The role of the keys that sign releases. */
  public static final String RELEASE = Roles.RELEASE;

  /** The usual requirements for releases: one signature of each class. */
  public static final List<RequiredSignature> HYBRID = hybrid(RELEASE);

  public TrustRoot {
    keys = List.copyOf(keys);
    required = List.copyOf(required);
  }

  /** The first root of a chain. */
  public TrustRoot(
      String source, boolean development, List<TrustedKey> keys, List<RequiredSignature> required) {
    this(source, 1, development, keys, required);
  }

  /** One signature of each class in the role. */
  public static List<RequiredSignature> hybrid(String role) {
    return List.of(
        new RequiredSignature(role, AlgorithmClass.CLASSICAL, 1),
        new RequiredSignature(role, AlgorithmClass.POST_QUANTUM, 1));
  }

  /**
   * Reads and checks a trust root: a plain one, a signed one, or the directory of a chain, of which
   * the latest counts ({@link RootChain}).
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError}, or the error of
   *     the JSON, key, envelope or file
   */
  public static TrustRoot read(Path path) {
    if (Files.notExists(path)) {
      throw TrustRootError.MISSING.at(path, "");
    }
    return RootChain.read(path).latest().root();
  }

  public Optional<TrustedKey> key(String id) {
    return keys.stream().filter(key -> key.id().equals(id)).findFirst();
  }

  /** Whether the root says who has the role, rather than leave it to the keys for releases. */
  public boolean defines(String role) {
    return required.stream().anyMatch(requirement -> requirement.role().equals(role));
  }

  /**
   * What must be signed together in a role: its own thresholds, or those of releases for a known
   * role that is not defined. Empty if nobody has the role.
   */
  public List<RequiredSignature> requirements(String role) {
    String source = defines(role) || !Roles.KNOWN.contains(role) ? role : RELEASE;
    return required.stream()
        .filter(requirement -> requirement.role().equals(source))
        .map(r -> new RequiredSignature(role, r.algorithmClass(), r.threshold()))
        .toList();
  }

  /** Whether a signature by this key is one of those that are required. */
  public boolean counts(TrustedKey key, RequiredSignature requirement) {
    return key.key().algorithm().algorithmClass() == requirement.algorithmClass()
        && actsFor(key.role(), requirement.role());
  }

  /** Whether the key of this id has the role, or acts for it. */
  public boolean holds(String id, String role) {
    return key(id).filter(key -> actsFor(key.role(), role)).isPresent();
  }

  /** Whether signatures by these keys are all that a role needs. */
  public boolean suffice(List<TrustedKey> signers, String role) {
    List<RequiredSignature> needed = requirements(role);
    return !needed.isEmpty()
        && needed.stream()
            .allMatch(r -> signers.stream().filter(key -> counts(key, r)).count() >= r.threshold());
  }

  /** Which keys are enough for a role, as a digest: another one, if they are others. */
  Digest authority(String role) {
    StringBuilder text = new StringBuilder();
    requirements(role)
        .forEach(one -> text.append(one.algorithmClass()).append(one.threshold()).append('\n'));
    keys.stream()
        .filter(key -> actsFor(key.role(), role))
        .map(TrustedKey::id)
        .sorted()
        .forEach(id -> text.append(id).append('\n'));
    return Digest.of(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private boolean actsFor(String held, String asked) {
    return held.equals(asked)
        || (held.equals(RELEASE)
            && (Roles.isWithinRelease(asked) || (Roles.KNOWN.contains(asked) && !defines(asked))));
  }
}
