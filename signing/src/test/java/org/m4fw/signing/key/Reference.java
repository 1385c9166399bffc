package org.m4fw.signing.key;

import java.io.IOException;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.ExtendedDigest;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.SLHDSASigner;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/**
 * BouncyCastle's opinion of a signature, to hold against ours, which is the JDK's (but for
 * SLH-DSA).
 */
final class Reference {
  private Reference() {}

  static boolean verifies(VerificationKey key, byte[] message, byte[] signature) {
    try {
      AsymmetricKeyParameter parameters = PublicKeyFactory.createKey(key.spki());
      return switch (key.algorithm()) {
        case ED25519 -> verifies(new Ed25519Signer(), parameters, message, signature);
        case ECDSA_P256 -> verifies(ecdsa(new SHA256Digest()), parameters, message, signature);
        case ECDSA_P384 -> verifies(ecdsa(new SHA384Digest()), parameters, message, signature);
        case ML_DSA_65, ML_DSA_87 -> verifies(new MLDSASigner(), parameters, message, signature);
        case SLH_DSA_SHA2_128S -> {
          SLHDSASigner verifier = new SLHDSASigner();
          verifier.init(false, parameters);
          yield verifier.verifySignature(message, signature);
        }
      };
    } catch (IOException e) {
      throw new AssertionError("BouncyCastle reads our public keys", e);
    }
  }

  private static Signer ecdsa(ExtendedDigest digest) {
    return new DSADigestSigner(new ECDSASigner(), digest, PlainDSAEncoding.INSTANCE);
  }

  private static boolean verifies(
      Signer verifier, CipherParameters parameters, byte[] message, byte[] signature) {
    verifier.init(false, parameters);
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature);
  }
}
