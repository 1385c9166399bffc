package org.m4fw.signing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.Roles;
import org.m4fw.signing.trust.RootChain;
import org.m4fw.signing.trust.RootEdit;
import org.m4fw.signing.trust.SignedRoot;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustedKey;

/** Puts a new identity in the place of another, for whoever can sign the next trust root alone. */
public final class Rotation {

  /** What became of it: the new keys, and the root that speaks of them. */
  public record Result(Path file, int version, List<TrustedKey> keys) {
    public Result {
      keys = List.copyOf(keys);
    }
  }

  private Rotation() {}

  /** Whether the private keys of an identity are encrypted. */
  public static boolean isEncrypted(Path identity) {
    return IdentityListing.of(identity).privateKeys().stream()
        .anyMatch(IdentityListing.Kept::encrypted);
  }

  /**
   * Makes the new identity, then the root; that is written last, so that nothing has changed for
   * anybody until all is there.
   *
   * @param directory of the new identity; must not exist
   * @param roots the chain's directory; begun with the old identity's own root if it has none yet
   * @param passphrase encrypts the new private keys
   * @throws ProblemException with {@link SigningError#CANNOT_SIGN_ROOT} or another error of the
   *     identities, or a {@link org.m4fw.signing.trust.TrustRootError}
   */
  public static Result rotate(
      SigningIdentity old, Path directory, Path roots, Optional<Passphrase> passphrase) {
    boolean begun = Files.isDirectory(roots) && RootChain.isChain(roots);
    SignedRoot before = begun ? RootChain.read(roots).latest() : SignedRoot.draft(old.trustRoot());
    checkAlone(old, before.root());
    IdentityProfile profile =
        new IdentityProfile(
            old.publicKeys().getFirst().role(),
            old.publicKeys().getFirst().key().algorithm(),
            old.publicKeys().getLast().key().algorithm());
    try (SigningIdentity made = SigningIdentity.create(directory, profile, passphrase)) {
      Path file = roots.resolve(RootChain.fileName(before.root().version() + 1));
      TrustRoot next = next(before.root(), old, made).next(before.root(), file.toString());
      Optional<TrustRoot> previous = Optional.of(before.root());
      SignedRoot signed =
          RootSigning.sign(RootSigning.sign(SignedRoot.draft(next), previous, old), previous, made);
      signed.checkFollows(before);
      if (!begun) {
        OutputFile.write(
            roots.resolve(RootChain.fileName(before.root().version())), before.bytes());
      }
      OutputFile.write(file, signed.bytes());
      return new Result(file, next.version(), made.publicKeys());
    }
  }

  /** Before anything is made. */
  private static void checkAlone(SigningIdentity old, TrustRoot root) {
    // A key that a token keeps must not become one in a file unasked.
    if (IdentityListing.of(old.directory()).privateKeys().stream()
        .anyMatch(key -> !(key.place() instanceof KeyPlace.InFile))) {
      throw SigningError.NOT_IN_FILES.at(old.directory(), "");
    }
    List<TrustedKey> keys =
        old.publicKeys().stream().flatMap(key -> root.key(key.id()).stream()).toList();
    if (!root.suffice(keys, Roles.ROOT)) {
      throw SigningError.CANNOT_SIGN_ROOT.at(old.directory(), "", root.source());
    }
  }

  /** Each new key has the role of the old one of its class. */
  private static RootEdit next(TrustRoot root, SigningIdentity old, SigningIdentity made) {
    Set<String> gone = old.publicKeys().stream().map(TrustedKey::id).collect(Collectors.toSet());
    List<TrustedKey> added =
        made.publicKeys().stream()
            .map(key -> new TrustedKey(key.key(), role(root, old, key)))
            .toList();
    return new RootEdit(added, gone, Map.of());
  }

  private static String role(TrustRoot root, SigningIdentity old, TrustedKey key) {
    return old.publicKeys().stream()
        .filter(
            before ->
                before.key().algorithm().algorithmClass() == key.key().algorithm().algorithmClass())
        .flatMap(before -> root.key(before.id()).stream())
        .map(TrustedKey::role)
        .findFirst()
        .orElse(key.role());
  }
}
