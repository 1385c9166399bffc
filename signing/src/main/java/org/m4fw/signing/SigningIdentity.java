package org.m4fw.signing;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.key.SigningKey;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustRootFile;
import org.m4fw.signing.trust.TrustedKey;

/**
 * The keys of one signer, one per class of algorithms, and the trust root that says what they are
 * for.
 *
 * <p>In a directory of the owner's:
 *
 * <pre>
 * classical.key.pem      private, owner only       classical.pub.pem
 * post-quantum.key.pem   private, owner only       post-quantum.pub.pem
 * trust-root.json        what whoever verifies needs; not secret
 * </pre>
 *
 * The trust root may list more keys than the directory holds: those of other signers.
 */
public final class SigningIdentity implements AutoCloseable {
  static final String TRUST_ROOT = "trust-root.json";

  private final Path directory;
  private final TrustRoot trustRoot;
  private final List<SigningKey> keys;

  private SigningIdentity(Path directory, TrustRoot trustRoot, List<SigningKey> keys) {
    this.directory = directory;
    this.trustRoot = trustRoot;
    this.keys = List.copyOf(keys);
  }

  /**
   * Makes an identity that is for no development builds.
   *
   * @param directory must not exist yet
   * @param profile what its keys are for and which algorithms they have
   * @param passphrase encrypts the private keys
   * @throws ProblemException with {@link SigningError#IDENTITY_EXISTS} or an error of the files
   */
  public static SigningIdentity create(
      Path directory, IdentityProfile profile, Optional<Passphrase> passphrase) {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw SigningError.IDENTITY_EXISTS.at(directory, "");
    }
    return create(directory, profile, passphrase, false)
        .orElseThrow(() -> SigningError.IDENTITY_EXISTS.at(directory, ""));
  }

  /** Makes a release identity with the usual algorithms; see the other method. */
  public static SigningIdentity create(Path directory, Optional<Passphrase> passphrase) {
    return create(directory, IdentityProfile.RELEASE, passphrase);
  }

  /** Empty if the directory came to be in the meantime; it is then left as it is. */
  static Optional<SigningIdentity> create(
      Path directory,
      IdentityProfile profile,
      Optional<Passphrase> passphrase,
      boolean development) {
    List<SigningKey> keys = new ArrayList<>();
    for (Algorithm algorithm : profile.algorithms()) {
      keys.add(SigningKey.generate(algorithm));
    }
    TrustRoot root =
        new TrustRoot(
            directory.resolve(TRUST_ROOT).toString(),
            development,
            keys.stream()
                .map(key -> new TrustedKey(key.verificationKey(), profile.role()))
                .toList(),
            TrustRoot.hybrid(profile.role()));
    try (OutputDirectory output = OutputDirectory.create(directory, OutputFile.Access.OWNER_ONLY)) {
      for (SigningKey key : keys) {
        AlgorithmClass algorithmClass = key.algorithm().algorithmClass();
        KeyFiles.writePrivate(privateFile(output.path(), algorithmClass), key, passphrase);
        KeyFiles.writePublic(publicFile(output.path(), algorithmClass), key.verificationKey());
      }
      OutputFile.write(output.path().resolve(TRUST_ROOT), TrustRootFile.bytes(root));
      if (output.commitIfAbsent()) {
        return Optional.of(new SigningIdentity(directory, root, keys));
      }
      keys.forEach(SigningKey::close);
      return Optional.empty();
    }
  }

  /**
   * Opens an identity.
   *
   * @param passphrase asked once if private keys are encrypted; what it gives is closed
   * @throws ProblemException with a {@link SigningError}, or the error of a key, trust root or file
   */
  public static SigningIdentity open(Path directory, Passphrase.Source passphrase) {
    TrustRoot root = readTrustRoot(directory);
    List<SigningKey> keys = new ArrayList<>();
    try (AskOnce once = new AskOnce(passphrase)) {
      for (AlgorithmClass algorithmClass : AlgorithmClass.values()) {
        Path file = privateFile(directory, algorithmClass);
        if (Files.exists(file)) {
          keys.add(KeyFiles.readPrivate(file, once));
          if (root.key(keys.getLast().verificationKey().id()).isEmpty()) {
            throw SigningError.KEY_NOT_IN_ROOT.at(file, "");
          }
        }
      }
      if (keys.isEmpty()) {
        throw SigningError.NO_KEYS.at(directory, "");
      }
      return new SigningIdentity(directory, root, keys);
    } catch (ProblemException e) {
      keys.forEach(SigningKey::close);
      throw e;
    }
  }

  public Path directory() {
    return directory;
  }

  public TrustRoot trustRoot() {
    return trustRoot;
  }

  /** Whether it signs development builds, and only those. */
  public boolean development() {
    return trustRoot.development();
  }

  /** The public parts, in the order of {@link AlgorithmClass}. */
  public List<TrustedKey> publicKeys() {
    return keys.stream()
        .flatMap(key -> trustRoot.key(key.verificationKey().id()).stream())
        .toList();
  }

  List<SigningKey> keys() {
    return keys;
  }

  static TrustRoot readTrustRoot(Path directory) {
    Path file = directory.resolve(TRUST_ROOT);
    if (!Files.isRegularFile(file)) {
      throw SigningError.NO_IDENTITY.at(directory, "");
    }
    return TrustRoot.read(file);
  }

  static Path privateFile(Path directory, AlgorithmClass algorithmClass) {
    return directory.resolve(algorithmClass.text() + ".key.pem");
  }

  static Path publicFile(Path directory, AlgorithmClass algorithmClass) {
    return directory.resolve(algorithmClass.text() + ".pub.pem");
  }

  /** Wipes the private keys. */
  @Override
  public void close() {
    keys.forEach(SigningKey::close);
  }

  /** The public parts only. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "identity %s %s", directory, publicKeys());
  }

  /** The keys of an identity have one passphrase; nobody wants to type it twice. */
  private static final class AskOnce implements Passphrase.Source, AutoCloseable {
    private final Passphrase.Source source;
    private Optional<Passphrase> answer = Optional.empty();

    private AskOnce(Passphrase.Source source) {
      this.source = source;
    }

    @Override
    public Passphrase ask(Path keyFile) {
      if (answer.isEmpty()) {
        answer = Optional.of(source.ask(keyFile));
      }
      return answer.get();
    }

    @Override
    public void close() {
      answer.ifPresent(Passphrase::close);
    }
  }
}
