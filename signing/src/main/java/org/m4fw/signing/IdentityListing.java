package org.m4fw.signing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustedKey;

/**
 * What an identity's directory holds, found out without its private keys and passphrase.
 *
 * @param keys whose public files are there, in the order of {@link Algorithm}
 */
public record IdentityListing(Path directory, TrustRoot trustRoot, List<Entry> keys) {

  /** What is known of the private part. */
  public enum PrivatePart {
    ABSENT,
    /** Protected by the permissions of the file only. */
    PLAIN,
    ENCRYPTED
  }

  public record Entry(TrustedKey key, PrivatePart privatePart) {}

  public IdentityListing {
    keys = List.copyOf(keys);
  }

  /**
   * Reads the public files.
   *
   * @throws ProblemException with a {@link SigningError} or the error of a key, trust root or file
   */
  public static IdentityListing of(Path directory) {
    Path rootFile = directory.resolve(SigningIdentity.TRUST_ROOT);
    if (!Files.isRegularFile(rootFile)) {
      throw SigningError.NO_IDENTITY.at(directory, "");
    }
    TrustRoot root = TrustRoot.read(rootFile);
    List<Entry> keys = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      Path file = SigningIdentity.publicFile(directory, algorithm);
      if (Files.exists(file)) {
        VerificationKey key = KeyFiles.readPublic(file);
        TrustedKey trusted =
            root.key(key.id()).orElseThrow(() -> SigningError.KEY_NOT_IN_ROOT.at(file, ""));
        keys.add(new Entry(trusted, privatePart(directory, algorithm)));
      }
    }
    return new IdentityListing(directory, root, keys);
  }

  private static PrivatePart privatePart(Path directory, Algorithm algorithm) {
    return KeyFiles.recognize(SigningIdentity.privateFile(directory, algorithm))
        .map(
            content ->
                switch (content) {
                  case PRIVATE -> PrivatePart.PLAIN;
                  case ENCRYPTED_PRIVATE -> PrivatePart.ENCRYPTED;
                  case PUBLIC -> PrivatePart.ABSENT;
                })
        .orElse(PrivatePart.ABSENT);
  }
}
