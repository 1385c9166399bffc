package org.m4fw.signing.evidence;

import java.io.IOException;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.m4fw.signing.key.SelfSignedCertificate;
import org.m4fw.signing.key.SigningKey;

/**
 * A detached CMS signature (RFC 5652), for update systems that know no other, such as RAUC's and
 * SWUpdate's. It states no signing time: nothing may depend on a clock, and the same key, content
 * and certificate give the same bytes.
 */
public final class DetachedCms {
  private DetachedCms() {}

  /**
   * The DER of a SignedData without its content.
   *
   * @param certificates the DER of the key's own certificate, then of those that lead from it to an
   *     authority; all go into the signature
   * @param key ECDSA P-256 or P-384
   * @throws org.m4fw.base.problem.ProblemException with an {@link EvidenceError} if the bytes are
   *     no certificates, or the first is of another key
   */
  public static byte[] sign(byte[] content, List<byte[]> certificates, SigningKey key) {
    X509CertificateHolder holder = Certificates.of("certificate", certificates.getFirst(), key);
    try {
      CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
      generator.addSignerInfoGenerator(
          new SignerInfoGeneratorBuilder(new BcDigestCalculatorProvider())
              .setSignedAttributeGenerator(ATTRIBUTES)
              .build(SelfSignedCertificate.contentSigner(key), holder));
      for (byte[] certificate : certificates) {
        generator.addCertificate(new X509CertificateHolder(certificate));
      }
      return generator
          .generate(new CMSProcessableByteArray(content), false)
          .toASN1Structure()
          .getEncoded(ASN1Encoding.DER);
    } catch (CMSException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("written to memory", e);
    }
  }

  /** Content type and digest, which RFC 5652 section 5.3 demands, and no time. */
  private static final CMSAttributeTableGenerator ATTRIBUTES =
      parameters -> {
        ASN1EncodableVector attributes = new ASN1EncodableVector();
        attributes.add(
            new Attribute(
                CMSAttributes.contentType,
                new DERSet(
                    (ASN1ObjectIdentifier)
                        parameters.get(CMSAttributeTableGenerator.CONTENT_TYPE))));
        attributes.add(
            new Attribute(
                CMSAttributes.messageDigest,
                new DERSet(
                    new DEROctetString(
                        (byte[]) parameters.get(CMSAttributeTableGenerator.DIGEST)))));
        return new AttributeTable(attributes);
      };
}
