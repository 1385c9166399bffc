package org.m4fw.signing.key;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.OutputFile;

/**
 * Keys in files. Private: PKCS#8 in PEM, readable by the owner only, encrypted if there is a
 * passphrase. Public: SubjectPublicKeyInfo in PEM.
 */
public final class KeyFiles {
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private KeyFiles() {}

  public static void writePrivate(Path file, SoftwareKey key, Optional<Passphrase> passphrase) {
    byte[] plain = key.pkcs8();
    byte[] pem =
        passphrase.isPresent()
            ? Pem.encode(ENCRYPTED, KeyEncryption.encrypt(plain, passphrase.get()))
            : Pem.encode(PRIVATE, plain);
    try (OutputFile output = OutputFile.create(file, OutputFile.Access.OWNER_ONLY)) {
      output.append(pem);
      output.commit();
    } finally {
      Arrays.fill(plain, (byte) 0);
      Arrays.fill(pem, (byte) 0);
    }
  }

  public static void writePublic(Path file, VerificationKey key) {
    OutputFile.write(file, pem(key));
  }

  /** The text of a public key's file. */
  public static byte[] pem(VerificationKey key) {
    return Pem.encode(PUBLIC, key.spki());
  }

  /** The text of a certificate's file. */
  public static byte[] certificatePem(byte[] der) {
    return Pem.encode("CERTIFICATE", der);
  }

  /** Whether reading the private key needs a passphrase. */
  public static boolean isEncrypted(Path file) {
    byte[] pem = Pem.read(file);
    boolean encrypted = Pem.hasLabel(ENCRYPTED, pem);
    Arrays.fill(pem, (byte) 0);
    return encrypted;
  }

  /**
   * A private key; its algorithm follows from the file.
   *
   * @param passphrase asked only if the file is encrypted; what it gives is not closed here
   * @throws org.m4fw.base.problem.ProblemException with a {@link KeyError} or {@link FileError};
   *     among them if group or others have any right to the file
   */
  public static SoftwareKey readPrivate(Path file, Passphrase.Source passphrase) {
    byte[] pem = Pem.read(file);
    byte[] der = new byte[0];
    byte[] plain = new byte[0];
    try {
      checkReadableByOwnerOnly(file);
      if (Pem.hasLabel(ENCRYPTED, pem)) {
        der = Pem.decode(file, ENCRYPTED, pem);
        plain = KeyEncryption.decrypt(file, der, passphrase.ask(file));
      } else {
        plain = Pem.decode(file, PRIVATE, pem);
      }
      return parse(file, plain);
    } finally {
      Arrays.fill(pem, (byte) 0);
      Arrays.fill(der, (byte) 0);
      Arrays.fill(plain, (byte) 0);
    }
  }

  public static VerificationKey readPublic(Path file) {
    return VerificationKey.ofSpki(file.toString(), "", Pem.decode(file, PUBLIC, Pem.read(file)));
  }

  private static SoftwareKey parse(Path file, byte[] plain) {
    for (Algorithm algorithm : Algorithm.values()) {
      byte[] prefix = algorithm.pkcs8Prefix();
      if (plain.length == prefix.length + algorithm.privateKeyBytes()
          && Arrays.equals(prefix, 0, prefix.length, plain, 0, prefix.length)) {
        byte[] privateKey = Arrays.copyOfRange(plain, prefix.length, plain.length);
        try {
          return SoftwareKey.of(algorithm, privateKey)
              .orElseThrow(
                  () -> KeyError.IMPOSSIBLE_PRIVATE_KEY.at(file, "", algorithm.standardName()));
        } finally {
          Arrays.fill(privateKey, (byte) 0);
        }
      }
    }
    throw KeyError.WRONG_PRIVATE_KEY.at(file, "");
  }

  /**
   * Refuses a file that group or others may change: it decides what is loaded and run.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link KeyError#CHANGEABLE}
   */
  public static void checkChangeableByOwnerOnly(Path file) {
    Set<PosixFilePermission> permissions = permissions(file);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw KeyError.CHANGEABLE.at(file, "", PosixFilePermissions.toString(permissions));
    }
  }

  /** Refuses a secret that group or others have any right to. */
  static void checkReadableByOwnerOnly(Path file) {
    Set<PosixFilePermission> permissions = permissions(file);
    if (!OWNER.containsAll(permissions)) {
      throw KeyError.PERMISSIONS.at(file, "", PosixFilePermissions.toString(permissions));
    }
  }

  /** None on systems that have other kinds. */
  private static Set<PosixFilePermission> permissions(Path file) {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return Set.of();
    }
    try {
      return Files.getPosixFilePermissions(file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }
}
