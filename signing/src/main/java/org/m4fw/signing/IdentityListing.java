package org.m4fw.signing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.trust.TrustRoot;

/**
 * What an identity's directory holds, found out without a passphrase.
 *
 * @param privateKeys whose files are there, in the order of {@link AlgorithmClass}
 */
public record IdentityListing(
    Path directory, TrustRoot trustRoot, List<PrivateKeyFile> privateKeys) {

  /**
   * A private key that nobody has looked into; the public key beside it says the algorithm.
   *
   * @param encrypted if not, only the permissions of the file protect it
   */
  public record PrivateKeyFile(Path file, Algorithm algorithm, boolean encrypted) {}

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
    List<PrivateKeyFile> keys = new ArrayList<>();
    for (AlgorithmClass algorithmClass : AlgorithmClass.values()) {
      Path file = SigningIdentity.privateFile(directory, algorithmClass);
      if (Files.exists(file)) {
        Path publicFile = SigningIdentity.publicFile(directory, algorithmClass);
        Algorithm algorithm = KeyFiles.readPublic(publicFile).algorithm();
        keys.add(new PrivateKeyFile(file, algorithm, KeyFiles.isEncrypted(file)));
      }
    }
    return new IdentityListing(directory, root, keys);
  }
}
