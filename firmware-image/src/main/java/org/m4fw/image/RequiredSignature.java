package org.m4fw.image;

import java.util.Comparator;

/**
 * A signature that the image says it must carry. It is part of the signed payload, so that nobody
 * can strip one of several signatures unnoticed; a verifier's own policy may ask for more.
 *
 * @param role the role in the trust root, such as {@code release}
 * @param threshold how many different keys of the role and class, 1 to 16
 */
public record RequiredSignature(String role, AlgorithmClass algorithmClass, int threshold) {

  /** The order in the manifest. */
  static final Comparator<RequiredSignature> ORDER =
      Comparator.comparing(RequiredSignature::role)
          .thenComparing(required -> required.algorithmClass().text());
}
