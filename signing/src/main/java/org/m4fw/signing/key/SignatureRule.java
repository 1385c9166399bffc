package org.m4fw.signing.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.crypto.params.SLHDSAParameters;
import org.bouncycastle.crypto.params.SLHDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.SLHDSASigner;

/**
 * Whether bytes are the signature of a message under one public key. With the JDK's cryptography,
 * but for SLH-DSA, which the JDK lacks.
 */
@FunctionalInterface
interface SignatureRule {
  /** For signatures of the right length; anything malformed is simply not a signature. */
  boolean accepts(byte[] message, byte[] signature);

  /**
   * The rule of a public key, once that is known to be a good one.
   *
   * @param raw the key without the DER around it
   * @throws org.m4fw.base.problem.ProblemException with {@link KeyError#WEAK_KEY}
   */
  static SignatureRule of(String file, String item, Algorithm algorithm, byte[] spki, byte[] raw) {
    return switch (algorithm) {
      case ED25519 -> {
        Ed25519Rules.checkPublicKey(file, item, raw);
        SignatureRule rule = jdk(file, item, spki, "Ed25519", "Ed25519");
        yield (message, signature) ->
            Ed25519Rules.isCanonicalSignature(signature) && rule.accepts(message, signature);
      }
      case ECDSA_P256 -> ecdsa(file, item, algorithm, spki, raw, "SHA256withECDSAinP1363Format");
      case ECDSA_P384 -> ecdsa(file, item, algorithm, spki, raw, "SHA384withECDSAinP1363Format");
      case ML_DSA_65, ML_DSA_87 -> {
        String name = algorithm.standardName();
        yield jdk(file, item, spki, name, name);
      }
      case SLH_DSA_SHA2_128S -> slhDsa(raw);
    };
  }

  private static SignatureRule ecdsa(
      String file,
      String item,
      Algorithm algorithm,
      byte[] spki,
      byte[] raw,
      String signatureName) {
    EcdsaRules rules = EcdsaRules.of(algorithm);
    rules.checkPublicKey(file, item, raw);
    SignatureRule rule = jdk(file, item, spki, "EC", signatureName);
    return (message, signature) ->
        rules.isCanonicalSignature(signature) && rule.accepts(message, signature);
  }

  private static SignatureRule jdk(
      String file, String item, byte[] spki, String keyName, String signatureName) {
    try {
      PublicKey key = KeyFactory.getInstance(keyName).generatePublic(new X509EncodedKeySpec(spki));
      // Only this finds Ed25519 keys that are not on the curve.
      Signature.getInstance(signatureName).initVerify(key);
      return (message, signature) -> jdkAccepts(key, signatureName, message, signature);
    } catch (GeneralSecurityException e) {
      throw KeyError.WEAK_KEY.at(file, item, "not a point of the curve");
    }
  }

  private static boolean jdkAccepts(
      PublicKey key, String signatureName, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(signatureName);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static SignatureRule slhDsa(byte[] raw) {
    var key = new SLHDSAPublicKeyParameters(SLHDSAParameters.sha2_128s, raw);
    return (message, signature) -> {
      SLHDSASigner verifier = new SLHDSASigner();
      verifier.init(false, key);
      return verifier.verifySignature(message, signature);
    };
  }
}
