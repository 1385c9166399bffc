package org.m4fw.signing.key;

import java.io.IOException;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/** BouncyCastle's opinion of a signature, to hold against ours, which is the JDK's. */
final class Reference {
  private Reference() {}

  static boolean verifies(VerificationKey key, byte[] message, byte[] signature) {
    try {
      AsymmetricKeyParameter parameters = PublicKeyFactory.createKey(key.spki());
      Signer verifier = init(key.algorithm(), parameters);
      verifier.update(message, 0, message.length);
      return verifier.verifySignature(signature);
    } catch (IOException e) {
      throw new AssertionError("BouncyCastle reads our public keys", e);
    }
  }

  private static Signer init(Algorithm algorithm, CipherParameters parameters) {
    Signer verifier =
        switch (algorithm) {
          case ED25519 -> new Ed25519Signer();
          case ML_DSA_65 -> new MLDSASigner();
        };
    verifier.init(false, parameters);
    return verifier;
  }
}
