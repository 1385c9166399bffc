package org.m4fw.signing.key;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;

/**
 * ECDSA signatures as other tools write them. Keepers of keys give DER ({@code SEQUENCE {r, s}}) or
 * {@code r‖s}, with either of the two values of s; ours is {@code r‖s} with the lower one.
 */
public final class EcdsaForm {
  private EcdsaForm() {}

  /** Whether the algorithm has such signatures. */
  public static boolean applies(Algorithm algorithm) {
    return algorithm == Algorithm.ECDSA_P256 || algorithm == Algorithm.ECDSA_P384;
  }

  /** Our form of either; empty if the bytes are neither. Does not verify. */
  static Optional<byte[]> canonical(Algorithm algorithm, byte[] signature) {
    EcdsaRules rules = EcdsaRules.of(algorithm);
    if (signature.length == algorithm.signatureBytes()) {
      return Optional.of(rules.canonical(signature));
    }
    try {
      BigInteger[] values = StandardDSAEncoding.INSTANCE.decode(rules.order(), signature);
      return Optional.of(rules.canonical(values[0], values[1]));
    } catch (IOException | RuntimeException e) {
      // What the decoder throws for malformed bytes.
      return Optional.empty();
    }
  }

  /** The DER of a signature in our form, as X.509, CMS and Sigstore want it. */
  public static byte[] der(Algorithm algorithm, byte[] signature) {
    int half = signature.length / 2;
    try {
      return StandardDSAEncoding.INSTANCE.encode(
          EcdsaRules.of(algorithm).order(),
          new BigInteger(1, Arrays.copyOf(signature, half)),
          new BigInteger(1, Arrays.copyOfRange(signature, half, signature.length)));
    } catch (IOException e) {
      throw new IllegalArgumentException("not a signature", e);
    }
  }
}
