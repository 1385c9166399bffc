package org.m4fw.signing.key;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.util.Arrays;

/**
 * The checks on ECDSA that its standard leaves open or that libraries forgot: points outside the
 * curve, r or s of zero, and the second signature (r, n − s) that anybody can make from a good one.
 */
final class EcdsaRules {
  private final BigInteger p;
  private final BigInteger a;
  private final BigInteger b;
  private final BigInteger n;
  private final int bytes;

  private EcdsaRules(ECParameterSpec curve) {
    this.p = ((ECFieldFp) curve.getCurve().getField()).getP();
    this.a = curve.getCurve().getA();
    this.b = curve.getCurve().getB();
    this.n = curve.getOrder();
    this.bytes = (p.bitLength() + 7) / 8;
  }

  static EcdsaRules of(Algorithm algorithm) {
    String curve =
        switch (algorithm) {
          case ECDSA_P256 -> "secp256r1";
          case ECDSA_P384 -> "secp384r1";
          default -> throw new IllegalArgumentException(algorithm.label());
        };
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve));
      return new EcdsaRules(parameters.getParameterSpec(ECParameterSpec.class));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + curve, e);
    }
  }

  /** Both curves have the cofactor 1: every point on them but infinity is a good key. */
  void checkPublicKey(String file, String item, byte[] point) {
    BigInteger x = number(point, 0);
    BigInteger y = number(point, bytes);
    if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
      throw KeyError.WEAK_KEY.at(file, item, "coordinate not reduced");
    }
    BigInteger right = x.pow(3).add(a.multiply(x)).add(b).mod(p);
    if (!y.pow(2).mod(p).equals(right)) {
      throw KeyError.WEAK_KEY.at(file, item, "not a point of the curve");
    }
  }

  /** The number of points. */
  BigInteger order() {
    return n;
  }

  boolean isPrivateKey(byte[] scalar) {
    BigInteger d = new BigInteger(1, scalar);
    return d.signum() > 0 && d.compareTo(n) < 0;
  }

  /** Whether r and s are in range and s is the lower of its two values. */
  boolean isCanonicalSignature(byte[] signature) {
    BigInteger r = number(signature, 0);
    BigInteger s = number(signature, bytes);
    return r.signum() > 0
        && r.compareTo(n) < 0
        && s.signum() > 0
        && s.compareTo(n.shiftRight(1)) <= 0;
  }

  /** {@code r‖s} with the lower value of s: what other signers make, brought to our form. */
  byte[] canonical(BigInteger r, BigInteger s) {
    BigInteger low = s.compareTo(n.shiftRight(1)) > 0 ? n.subtract(s) : s;
    byte[] signature = new byte[2 * bytes];
    put(r, signature, 0);
    put(low, signature, bytes);
    return signature;
  }

  /** As {@link #canonical(BigInteger, BigInteger)}, of a signature in the form {@code r‖s}. */
  byte[] canonical(byte[] signature) {
    return canonical(number(signature, 0), number(signature, bytes));
  }

  private void put(BigInteger value, byte[] target, int offset) {
    byte[] bigEndian = value.toByteArray();
    int length = Math.min(bigEndian.length, bytes);
    System.arraycopy(bigEndian, bigEndian.length - length, target, offset + bytes - length, length);
  }

  private BigInteger number(byte[] source, int offset) {
    return new BigInteger(1, Arrays.copyOfRange(source, offset, offset + bytes));
  }
}
