package org.m4fw.signing.evidence;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.DefaultCMSSignatureAlgorithmNameGenerator;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.bc.BcECSignerInfoVerifierBuilder;
import org.bouncycastle.cms.bc.BcRSASignerInfoVerifierBuilder;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.digest.Digest;

/**
 * RFC 3161 timestamps: an authority's word that an image id existed at a time. What is stamped is
 * the image id itself, a SHA-256, so that {@code openssl ts -query -digest} asks for the same. They
 * lie beside the image and decide nothing: no clock, not even an authority's, may keep a device
 * from an image that it has.
 */
public final class Timestamps {
  private static final long MAX_BYTES = 256 << 10;

  private Timestamps() {}

  /**
   * What a timestamp proves.
   *
   * @param time when the authority saw the image id
   * @param authority the subject of the authority's certificate
   */
  public record Proof(Instant time, String authority, BigInteger serial) {}

  /** The DER of a request; the same for the same image, as it holds no nonce. */
  public static byte[] request(Digest imageId) {
    TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
    generator.setCertReq(true);
    TimeStampRequest request = generator.generate(NISTObjectIdentifiers.id_sha256, imageId.bytes());
    try {
      return request.getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("written to memory", e);
    }
  }

  /**
   * Checks an authority's answer.
   *
   * @param response the DER of a TimeStampResp
   * @param authority a file with the authority's own certificate, PEM or DER
   * @throws org.m4fw.base.problem.ProblemException with an {@link EvidenceError}
   */
  public static Proof check(Digest imageId, Path response, Path authority) {
    X509CertificateHolder certificate = Certificates.read(authority).getFirst();
    TimeStampToken token = token(response);
    if (!token
        .getTimeStampInfo()
        .getMessageImprintAlgOID()
        .equals(NISTObjectIdentifiers.id_sha256)) {
      throw EvidenceError.OTHER_DIGEST.at(
          response, "", token.getTimeStampInfo().getMessageImprintAlgOID());
    }
    byte[] stamped = token.getTimeStampInfo().getMessageImprintDigest();
    if (!Arrays.equals(stamped, imageId.bytes())) {
      throw EvidenceError.OTHER_IMAGE.at(
          response, "", stamped.length == 32 ? Digest.ofBytes(stamped) : "no SHA-256", imageId);
    }
    try {
      // Also that the certificate is for time stamping only, and was valid at the time it stamped.
      token.validate(verifier(certificate));
    } catch (TSPException | OperatorCreationException | IOException | RuntimeException e) {
      throw EvidenceError.TIMESTAMP_SIGNATURE.at(response, "", String.valueOf(e.getMessage()));
    }
    return new Proof(
        token.getTimeStampInfo().getGenTime().toInstant(),
        certificate.getSubject().toString(),
        token.getTimeStampInfo().getSerialNumber());
  }

  private static TimeStampToken token(Path file) {
    byte[] bytes = FileBytes.read(file, MAX_BYTES);
    try {
      TimeStampResponse response = new TimeStampResponse(bytes);
      TimeStampToken token = response.getTimeStampToken();
      if (token == null) {
        throw EvidenceError.NOT_GRANTED.at(file, "", String.valueOf(response.getStatusString()));
      }
      return token;
    } catch (TSPException | IOException e) {
      throw EvidenceError.NOT_A_TIMESTAMP.at(file, "", String.valueOf(e.getMessage()));
    } catch (ClassCastException | IllegalArgumentException | IllegalStateException e) {
      // What the parser throws for other ASN.1.
      throw EvidenceError.NOT_A_TIMESTAMP.at(file, "", "other ASN.1");
    }
  }

  private static SignerInformationVerifier verifier(X509CertificateHolder certificate)
      throws OperatorCreationException, IOException {
    boolean rsa =
        PublicKeyFactory.createKey(certificate.getSubjectPublicKeyInfo())
            instanceof RSAKeyParameters;
    var names = new DefaultCMSSignatureAlgorithmNameGenerator();
    var signatures = new DefaultSignatureAlgorithmIdentifierFinder();
    var digests = new DefaultDigestAlgorithmIdentifierFinder();
    var calculators = new BcDigestCalculatorProvider();
    return rsa
        ? new BcRSASignerInfoVerifierBuilder(names, signatures, digests, calculators)
            .build(certificate)
        : new BcECSignerInfoVerifierBuilder(names, signatures, digests, calculators)
            .build(certificate);
  }
}
