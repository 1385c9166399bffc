package org.m4fw.tests.hostile;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageError;
import org.m4fw.image.Kind;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.VerificationError;

/** Those of items 27 to 36 that are in an image; framing and everything else is right. */
final class HostileSignatures {
  private static final int ED25519 = 64;
  private static final BigInteger ORDER =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private final GoodImage good;
  private final Forgery forgery;
  private final byte[] payload;
  private final Envelope.Signature classical;
  private final Envelope.Signature postQuantum;
  private final List<HostileCase> cases = new ArrayList<>();

  private HostileSignatures(GoodImage good) {
    this.good = good;
    this.forgery = new Forgery(good);
    this.payload = good.envelope().payload();
    List<Envelope.Signature> both = good.envelope().signatures();
    boolean first = both.get(0).bytes().length == ED25519;
    this.classical = both.get(first ? 0 : 1);
    this.postQuantum = both.get(first ? 1 : 0);
  }

  static List<HostileCase> of(GoodImage image, Path directory) {
    HostileSignatures all = new HostileSignatures(image);
    all.missing();
    all.others(directory);
    all.damaged();
    return all.cases;
  }

  private void add(int item, String what, ErrorCode expected, Envelope.Signature... signatures) {
    Envelope envelope = Envelope.of(Kind.IMAGE.payloadType(), payload, List.of(signatures));
    cases.add(new HostileCase(item, what, forgery.framed(payload, envelope), expected));
  }

  private void missing() {
    add(27, "no post-quantum signature", VerificationError.TOO_FEW_FOR_ROOT, classical);
    add(27, "no classical signature", VerificationError.TOO_FEW_FOR_ROOT, postQuantum);
    String all = forgery.envelopeText();
    String none = all.substring(0, all.indexOf("\"signatures\":[")) + "\"signatures\":[]}";
    byte[] empty = forgery.envelope(none);
    cases.add(new HostileCase(28, "an empty list", empty, ImageError.ENVELOPE_UNSIGNED));
    int second = all.indexOf(",{\"keyid\"") + 1;
    String one = all.substring(second, all.length() - 2);
    byte[] twice = forgery.envelope(all.replace(one, one + "," + one));
    cases.add(new HostileCase(28, "a key twice", twice, ImageError.ENVELOPE_FIELD));
    add(
        28,
        "a key under two ids",
        VerificationError.UNKNOWN_SIGNER,
        classical,
        postQuantum,
        new Envelope.Signature("0-also-me", classical.base64()));
  }

  private void others(Path directory) {
    try (SigningIdentity other =
        SigningIdentity.create(directory.resolve("other"), Optional.empty())) {
      Envelope.Signature[] signatures =
          new Signer(other)
              .sign(Kind.IMAGE.payloadType(), payload)
              .signatures()
              .toArray(Envelope.Signature[]::new);
      add(27, "signed by somebody else", VerificationError.UNKNOWN_SIGNER, signatures);
    }
    Envelope.Signature swapped = new Envelope.Signature(postQuantum.keyId(), classical.base64());
    add(29, "Ed25519 for ML-DSA", VerificationError.SIGNATURE_LENGTH, classical, swapped);
    Envelope adapter = good.sign(Kind.ADAPTER, payload);
    byte[] image = forgery.framed(payload, adapter);
    cases.add(new HostileCase(30, "an adapter's envelope", image, ImageError.ENVELOPE_FIELD));
    add(
        36,
        "signatures for an adapter",
        VerificationError.BAD_SIGNATURE,
        adapter.signatures().toArray(Envelope.Signature[]::new));
  }

  private void damaged() {
    int hint = 48 + 5 * 640;
    for (int at : new int[] {0, 47, 48, 2000, hint, hint + 54, hint + 55, hint + 60}) {
      Envelope.Signature flipped = flipped(postQuantum, at);
      add(31, "ML-DSA byte %s".formatted(at), VerificationError.BAD_SIGNATURE, classical, flipped);
    }
    for (int at : new int[] {0, 31, 32, 62, 63}) {
      Envelope.Signature flipped = flipped(classical, at);
      add(
          31,
          "Ed25519 byte %s".formatted(at),
          VerificationError.BAD_SIGNATURE,
          flipped,
          postQuantum);
    }
    add(31, "Ed25519 s + L", VerificationError.BAD_SIGNATURE, second(classical), postQuantum);
    byte[] small = classical.bytes();
    java.util.Arrays.fill(small, 0, 32, (byte) 0);
    small[0] = 1;
    Envelope.Signature neutral = Envelope.Signature.of(classical.keyId(), small);
    add(31, "Ed25519 R of small order", VerificationError.BAD_SIGNATURE, neutral, postQuantum);
    byte[] shorter = java.util.Arrays.copyOf(classical.bytes(), 63);
    Envelope.Signature cut = Envelope.Signature.of(classical.keyId(), shorter);
    add(31, "Ed25519 of 63 bytes", VerificationError.SIGNATURE_LENGTH, cut, postQuantum);
    byte[] longer = java.util.Arrays.copyOf(postQuantum.bytes(), 3310);
    Envelope.Signature more = Envelope.Signature.of(postQuantum.keyId(), longer);
    add(31, "ML-DSA of 3310 bytes", VerificationError.SIGNATURE_LENGTH, classical, more);
  }

  private static Envelope.Signature flipped(Envelope.Signature signature, int at) {
    byte[] bytes = signature.bytes();
    bytes[at] ^= 1;
    return Envelope.Signature.of(signature.keyId(), bytes);
  }

  /** The other s that solves the same equation, not reduced. */
  private static Envelope.Signature second(Envelope.Signature signature) {
    byte[] bytes = signature.bytes();
    byte[] big = new byte[32];
    for (int i = 0; i < 32; i++) {
      big[31 - i] = bytes[32 + i];
    }
    BigInteger s = new BigInteger(1, big).add(ORDER);
    for (int i = 0; i < 32; i++) {
      bytes[32 + i] = s.shiftRight(8 * i).byteValue();
    }
    return Envelope.Signature.of(signature.keyId(), bytes);
  }
}
