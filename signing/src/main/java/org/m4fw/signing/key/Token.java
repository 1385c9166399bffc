package org.m4fw.signing.key;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import javax.security.auth.login.FailedLoginException;
import javax.security.auth.login.LoginException;
import org.m4fw.base.problem.ProblemException;

/**
 * A PKCS#11 token after login, through the JDK's SunPKCS11. That has ECDSA of what we use, no
 * Ed25519 and no ML-DSA, whatever the token itself offers.
 *
 * <p>The JDK finds a private key through a certificate of the same name, so {@link #generate} puts
 * one there; nothing else ever looks at it.
 */
final class Token implements AutoCloseable {
  private final Place place;
  private final Provider provider;
  private final KeyStore store;

  /**
   * Which token of which library.
   *
   * @param module the absolute path of the PKCS#11 library
   * @param slot its number, as the vendor's tool shows it
   */
  record Place(Path module, long slot) {
    String text() {
      return "%s slot %s".formatted(module, slot);
    }
  }

  private Token(Place place, Provider provider, KeyStore store) {
    this.place = place;
    this.provider = provider;
    this.store = store;
  }

  /**
   * Logs in, once: a token may lock itself after a few wrong PINs, so nothing is tried again.
   *
   * @throws ProblemException with a {@link TokenError}
   */
  static Token open(Place place, Passphrase pin) {
    String library = place.module().toString();
    if (!place.module().isAbsolute() || !library.matches("[^\"\\\\\\p{Cntrl}$]+")) {
      throw TokenError.BAD_MODULE.at(place.module(), "");
    }
    char[] characters = pin.characters();
    try {
      Provider base = Security.getProvider("SunPKCS11");
      if (base == null) {
        throw TokenError.NO_SUPPORT.at(place.module(), "");
      }
      Provider provider = base.configure(configuration(library, place.slot()));
      KeyStore store = KeyStore.getInstance("PKCS11", provider);
      store.load(null, characters);
      return new Token(place, provider, store);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      if (e instanceof ProblemException problem) {
        throw problem;
      }
      throw isWrongPin(e)
          ? TokenError.WRONG_PIN.at(place.text(), "")
          : TokenError.UNUSABLE.at(place.text(), "", reason(e));
    } finally {
      Arrays.fill(characters, '\0');
    }
  }

  /** Keys made here cannot leave the token, whatever its defaults. */
  private static String configuration(String library, long slot) {
    String attributes =
        """
        attributes(%s, CKO_PRIVATE_KEY, *) = {
          CKA_SENSITIVE = true
          CKA_EXTRACTABLE = false
          CKA_SIGN = true
        }
        """;
    return "--name = m4fw\nlibrary = \"%s\"\nslot = %s\n".formatted(library, slot)
        + attributes.formatted("generate")
        + attributes.formatted("import");
  }

  private static boolean isWrongPin(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof FailedLoginException
          || String.valueOf(cause.getMessage()).contains("CKR_PIN_INCORRECT")) {
        return true;
      }
    }
    return false;
  }

  /** The innermost words are the library's own, such as CKR_SLOT_ID_INVALID. */
  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  /**
   * The key of that name.
   *
   * @throws ProblemException with a {@link TokenError}
   */
  TokenKey key(String label) {
    try {
      Certificate certificate = store.getCertificate(label);
      if (certificate != null && store.getKey(label, null) instanceof PrivateKey key) {
        VerificationKey verificationKey =
            VerificationKey.ofSpki(
                place.text(), "key '%s'".formatted(label), certificate.getPublicKey().getEncoded());
        return new TokenKey(this, key, verificationKey);
      }
    } catch (GeneralSecurityException | RuntimeException e) {
      if (e instanceof ProblemException problem) {
        throw problem;
      }
      throw TokenError.UNUSABLE.at(place.text(), label, reason(e));
    }
    throw TokenError.NO_SUCH_KEY.at(place.text(), label);
  }

  /**
   * Makes a key in the token, which it never leaves.
   *
   * @param algorithm ECDSA P-256 or P-384
   * @throws ProblemException with a {@link TokenError}, also if the name is taken
   */
  TokenKey generate(String label, Algorithm algorithm) {
    if (!EcdsaForm.applies(algorithm)) {
      throw TokenError.NO_SUCH_ALGORITHM.at(place.text(), label, algorithm.standardName());
    }
    try {
      if (store.containsAlias(label)) {
        throw TokenError.KEY_EXISTS.at(place.text(), label);
      }
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
      generator.initialize(
          new ECGenParameterSpec(algorithm == Algorithm.ECDSA_P256 ? "secp256r1" : "secp384r1"));
      KeyPair pair = generator.generateKeyPair();
      VerificationKey verificationKey =
          VerificationKey.ofSpki(place.text(), label, pair.getPublic().getEncoded());
      TokenKey key = new TokenKey(this, pair.getPrivate(), verificationKey);
      byte[] certificate = SelfSignedCertificate.of(label, key);
      store.setKeyEntry(
          label,
          pair.getPrivate(),
          null,
          new Certificate[] {
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate))
          });
      return key(label);
    } catch (GeneralSecurityException | RuntimeException e) {
      if (e instanceof ProblemException problem) {
        throw problem;
      }
      throw TokenError.UNUSABLE.at(place.text(), label, reason(e));
    }
  }

  /** The signature as the token gives it, {@code r‖s}. */
  byte[] sign(PrivateKey key, Algorithm algorithm, byte[] message) {
    String name =
        (algorithm == Algorithm.ECDSA_P256 ? "SHA256" : "SHA384") + "withECDSAinP1363Format";
    try {
      Signature signer = Signature.getInstance(name, provider);
      signer.initSign(key);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException | RuntimeException e) {
      throw TokenError.UNUSABLE.at(place.text(), "signature", reason(e));
    }
  }

  String text() {
    return place.text();
  }

  @Override
  public void close() {
    if (provider instanceof AuthProvider session) {
      try {
        session.logout();
      } catch (LoginException e) {
        throw TokenError.UNUSABLE.at(place.text(), "logout", reason(e));
      }
    }
  }
}
