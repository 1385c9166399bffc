package org.m4fw.signing.trust;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Envelope;
import org.m4fw.image.RequiredSignature;

/**
 * Checks all signatures of an envelope against a trust root. The key id in the envelope only finds
 * a key of the root, whose id was computed from the key itself; with which algorithm the signature
 * is checked, and for which role it counts, that key says. An envelope holds a key id once, so keys
 * are counted, not signatures.
 */
final class SignatureCheck {
  private final String file;
  private final TrustRoot root;
  private final Policy policy;

  /**
   * What the signatures are worth.
   *
   * @param signers the keys that signed, each once
   * @param unknown the key ids of signatures that were let pass unchecked
   */
  record Result(List<TrustedKey> signers, List<String> unknown) {}

  SignatureCheck(String file, TrustRoot root, Policy policy) {
    this.file = file;
    this.root = root;
    this.policy = policy;
  }

  /**
   * Checks everything or fails.
   *
   * @param payloadType what is expected
   * @param role what the trust root's requirements are taken of
   * @param required what the payload says about itself; checked after its signatures
   * @throws ProblemException with a {@link VerificationError}
   */
  Result run(Envelope envelope, String payloadType, String role, List<RequiredSignature> required) {
    if (!envelope.payloadType().equals(payloadType)) {
      throw VerificationError.WRONG_PAYLOAD_TYPE.at(
          file, "payload type", envelope.payloadType(), payloadType);
    }
    Result result = signatures(envelope);
    List<RequiredSignature> byRoot = root.requirements(role);
    if (byRoot.isEmpty()) {
      throw VerificationError.NO_SUCH_ROLE.at(file, "", root.source(), role);
    }
    enough(result.signers(), byRoot, VerificationError.TOO_FEW_FOR_ROOT);
    enough(result.signers(), required, VerificationError.TOO_FEW_FOR_PAYLOAD);
    return result;
  }

  /** Checks every signature, and not whether they are enough. */
  Result signatures(Envelope envelope) {
    byte[] message = envelope.preAuthenticationEncoding();
    List<TrustedKey> signers = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (Envelope.Signature signature : envelope.signatures()) {
      Optional<TrustedKey> key = root.key(signature.keyId());
      if (key.isPresent()) {
        check(key.get(), message, signature.bytes());
        signers.add(key.get());
      } else if (policy.allowUnknownSignatures()) {
        unknown.add(signature.keyId());
      } else {
        throw VerificationError.UNKNOWN_SIGNER.at(file, item(signature.keyId()), root.source());
      }
    }
    return new Result(List.copyOf(signers), List.copyOf(unknown));
  }

  private void check(TrustedKey key, byte[] message, byte[] signature) {
    String algorithm = key.key().algorithm().standardName();
    int length = key.key().algorithm().signatureBytes();
    if (signature.length != length) {
      throw VerificationError.SIGNATURE_LENGTH.at(
          file, item(key.id()), signature.length, algorithm, length);
    }
    if (!key.key().verifies(message, signature)) {
      throw VerificationError.BAD_SIGNATURE.at(file, item(key.id()), algorithm);
    }
  }

  /** Whether the signers meet all requirements; if not, the given error. */
  void enough(List<TrustedKey> signers, List<RequiredSignature> required, ErrorCode error) {
    for (RequiredSignature one : required) {
      long count = signers.stream().filter(signer -> root.counts(signer, one)).count();
      if (count < one.threshold()) {
        throw error.at(
            file,
            "%s signatures in the role '%s'".formatted(one.algorithmClass().text(), one.role()),
            count,
            one.threshold());
      }
    }
  }

  private static String item(String keyId) {
    return "signature by " + keyId;
  }
}
