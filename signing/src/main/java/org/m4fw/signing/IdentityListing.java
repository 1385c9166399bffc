package org.m4fw.signing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.trust.TrustRoot;

/**
 * What an identity's directory holds, found out without a passphrase.
 *
 * @param privateKeys in the order of {@link org.m4fw.image.AlgorithmClass}
 */
public record IdentityListing(Path directory, TrustRoot trustRoot, List<Kept> privateKeys) {

  /**
   * A private key that nobody has looked into; the public key beside it says the algorithm.
   *
   * @param encrypted whether it is a file that needs a passphrase
   */
  public record Kept(KeyPlace place, Algorithm algorithm, boolean encrypted) {}

  public IdentityListing {
    privateKeys = List.copyOf(privateKeys);
  }

  /**
   * Lists a directory.
   *
   * @throws ProblemException with a {@link SigningError} or the error of the trust root or a file
   */
  public static IdentityListing of(Path directory) {
    TrustRoot root = SigningIdentity.readTrustRoot(directory);
    List<Kept> keys = new ArrayList<>();
    for (IdentityKey key : IdentityFile.keys(directory, Optional.empty())) {
      Algorithm algorithm = KeyFiles.readPublic(directory.resolve(key.publicName())).algorithm();
      boolean encrypted =
          key.place() instanceof KeyPlace.InFile(String name)
              && KeyFiles.isEncrypted(directory.resolve(name));
      keys.add(new Kept(key.place(), algorithm, encrypted));
    }
    return new IdentityListing(directory, root, keys);
  }
}
