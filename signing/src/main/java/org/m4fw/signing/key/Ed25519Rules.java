package org.m4fw.signing.key;

import java.math.BigInteger;
import java.util.Set;

/**
 * The checks on Ed25519 that RFC 8032 leaves open or that libraries differ in ("Taming the many
 * EdDSAs", SSR 2020): the JDK accepts public keys of small order, under which one signature fits
 * many messages.
 */
final class Ed25519Rules {
  private static final BigInteger P =
      BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));

  /** The order of the base point. */
  private static final BigInteger L =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  /** The y coordinates of the eight points whose order divides the cofactor. */
  private static final Set<BigInteger> SMALL_ORDER =
      Set.of(
          BigInteger.ZERO,
          BigInteger.ONE,
          P.subtract(BigInteger.ONE),
          new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16),
          new BigInteger("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16));

  private Ed25519Rules() {}

  static void checkPublicKey(String file, String item, byte[] point) {
    BigInteger y = coordinate(point);
    if (y.compareTo(P) >= 0) {
      throw KeyError.WEAK_KEY.at(file, item, "coordinate not reduced");
    }
    if (SMALL_ORDER.contains(y)) {
      throw KeyError.WEAK_KEY.at(file, item, "small order");
    }
  }

  /**
   * Whether R is the one encoding of a point of large order and S is reduced. An honest signer's R
   * is of small order with probability 2^-252.
   */
  static boolean isCanonicalSignature(byte[] signature) {
    byte[] r = java.util.Arrays.copyOf(signature, 32);
    BigInteger y = coordinate(r);
    return y.compareTo(P) < 0
        && !SMALL_ORDER.contains(y)
        && littleEndian(signature, 32).compareTo(L) < 0;
  }

  /** The y coordinate; the highest bit is the sign of x. */
  private static BigInteger coordinate(byte[] point) {
    return littleEndian(point, 0).clearBit(255);
  }

  private static BigInteger littleEndian(byte[] bytes, int offset) {
    byte[] reversed = new byte[32];
    for (int i = 0; i < 32; i++) {
      reversed[31 - i] = bytes[offset + i];
    }
    return new BigInteger(1, reversed);
  }
}
