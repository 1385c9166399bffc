package org.m4fw.signing;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.EcdsaForm;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.key.SigningKey;
import org.m4fw.signing.trust.SignedRoot;
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
 * identity.json          where private keys are that are no such files
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

  /**
   * Makes an identity of keys that are kept in different places.
   *
   * @param directory must not exist yet
   * @param role what its keys are for
   * @param keys one of each class; keys in tokens are made there and stay if this fails later
   * @param passphrase encrypts the private keys in files
   * @param pins asked for the PINs of tokens; what it gives is closed
   * @throws ProblemException with a {@link SigningError} or the error of a key or file
   */
  public static SigningIdentity create(
      Path directory,
      String role,
      List<NewKey> keys,
      Optional<Passphrase> passphrase,
      Passphrase.Source pins) {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw SigningError.IDENTITY_EXISTS.at(directory, "");
    }
    return create(directory, role, keys, passphrase, pins, false)
        .orElseThrow(() -> SigningError.IDENTITY_EXISTS.at(directory, ""));
  }

  /** Empty if the directory came to be in the meantime; it is then left as it is. */
  static Optional<SigningIdentity> create(
      Path directory,
      IdentityProfile profile,
      Optional<Passphrase> passphrase,
      boolean development) {
    List<NewKey> keys = profile.algorithms().stream().<NewKey>map(NewKey.InFile::new).toList();
    return create(
        directory, profile.role(), keys, passphrase, Passphrase.Source.none(), development);
  }

  private static Optional<SigningIdentity> create(
      Path directory,
      String role,
      List<NewKey> wanted,
      Optional<Passphrase> passphrase,
      Passphrase.Source pins,
      boolean development) {
    List<SigningKey> keys = new KeyStores(directory, pins).make(wanted);
    try (OutputDirectory output = OutputDirectory.create(directory, OutputFile.Access.OWNER_ONLY)) {
      TrustRoot root =
          new TrustRoot(
              directory.resolve(TRUST_ROOT).toString(),
              development,
              keys.stream().map(key -> new TrustedKey(key.verificationKey(), role)).toList(),
              TrustRoot.hybrid(role));
      // Nothing is written that could not be read: a role may forbid an algorithm.
      SignedRoot.parse(root.source(), TrustRootFile.bytes(root));
      KeyStores.write(output.path(), wanted, keys, passphrase);
      OutputFile.write(output.path().resolve(TRUST_ROOT), TrustRootFile.bytes(root));
      if (output.commitIfAbsent()) {
        return Optional.of(new SigningIdentity(directory, root, keys));
      }
      keys.forEach(SigningKey::close);
      return Optional.empty();
    } catch (ProblemException e) {
      keys.forEach(SigningKey::close);
      throw e;
    }
  }

  /**
   * Opens an identity.
   *
   * @param secrets asked once for the passphrase if private keys are encrypted, and for the PIN of
   *     each token; what it gives is closed
   * @throws ProblemException with a {@link SigningError}, or the error of a key, trust root or file
   */
  public static SigningIdentity open(Path directory, Passphrase.Source secrets) {
    return open(directory, secrets, Optional.empty());
  }

  /**
   * Opens an identity, some of whose private keys are with a program.
   *
   * @param program signs with those keys whose private part is not there
   * @throws ProblemException as the other method
   */
  public static SigningIdentity open(
      Path directory, Passphrase.Source secrets, Optional<KeyPlace.WithProgram> program) {
    TrustRoot root = readTrustRoot(directory);
    List<SigningKey> keys = new ArrayList<>();
    try (AskOnce once = new AskOnce(secrets)) {
      KeyStores stores = new KeyStores(directory, once);
      for (IdentityKey key : IdentityFile.keys(directory, program)) {
        keys.add(stores.open(key));
        if (root.key(keys.getLast().verificationKey().id()).isEmpty()) {
          throw SigningError.KEY_NOT_IN_ROOT.at(directory, key.publicName());
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

  /** Its ECDSA key, for the formats of others that know no other algorithm of ours. */
  public Optional<SigningKey> ecdsaKey() {
    return keys.stream().filter(key -> EcdsaForm.applies(key.algorithm())).findFirst();
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

    /** Each token has a PIN of its own. */
    @Override
    public Passphrase pin(String token) {
      return source.pin(token);
    }

    @Override
    public Set<String> variables() {
      return source.variables();
    }

    @Override
    public void close() {
      answer.ifPresent(Passphrase::close);
    }
  }
}
