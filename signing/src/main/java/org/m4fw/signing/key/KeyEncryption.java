package org.m4fw.signing.key;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * PKCS#8 EncryptedPrivateKeyInfo with PBES2 (RFC 8018): scrypt (RFC 7914) and AES-256-CBC, which
 * OpenSSL reads too. The cost is one of those that OWASP lists as equal (N=2^14, r=8, p=5): 16 MiB
 * and about a fifth of a second, within OpenSSL's default memory limit.
 */
final class KeyEncryption {
  private static final ASN1ObjectIdentifier SCRYPT =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.11591.4.11");
  private static final int COST = 1 << 14;
  private static final int BLOCK_SIZE = 8;
  private static final int PARALLELIZATION = 5;
  private static final int KEY_BYTES = 32;

  private KeyEncryption() {}

  static byte[] encrypt(byte[] pkcs8, Passphrase passphrase) {
    SecureRandom random = new SecureRandom();
    byte[] salt = bytes(random, 16);
    byte[] iv = bytes(random, 16);
    try {
      byte[] ciphertext = aes(Cipher.ENCRYPT_MODE, passphrase, salt, iv, pkcs8);
      DERSequence scrypt =
          new DERSequence(
              new ASN1Encodable[] {
                new DEROctetString(salt),
                new ASN1Integer(COST),
                new ASN1Integer(BLOCK_SIZE),
                new ASN1Integer(PARALLELIZATION)
              });
      PBES2Parameters parameters =
          new PBES2Parameters(
              new KeyDerivationFunc(SCRYPT, scrypt),
              new EncryptionScheme(NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(iv)));
      return new EncryptedPrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, parameters), ciphertext)
          .getEncoded(ASN1Encoding.DER);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every JDK has AES", e);
    }
  }

  /**
   * The PKCS#8 bytes; the caller wipes them.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link KeyError#UNKNOWN_ENCRYPTION} or
   *     {@link KeyError#WRONG_PASSPHRASE}
   */
  static byte[] decrypt(Path file, byte[] der, Passphrase passphrase) {
    Encrypted encrypted = parse(file, der);
    try {
      return aes(
          Cipher.DECRYPT_MODE,
          passphrase,
          encrypted.salt().getOctets(),
          encrypted.iv().getOctets(),
          encrypted.ciphertext().getOctets());
    } catch (GeneralSecurityException e) {
      throw KeyError.WRONG_PASSPHRASE.at(file, "");
    }
  }

  private record Encrypted(ASN1OctetString salt, ASN1OctetString iv, ASN1OctetString ciphertext) {}

  /** Only the cost that {@link #encrypt} uses, so that no file decides about memory and time. */
  private static Encrypted parse(Path file, byte[] der) {
    try {
      EncryptedPrivateKeyInfo info = EncryptedPrivateKeyInfo.getInstance(der);
      AlgorithmIdentifier algorithm = info.getEncryptionAlgorithm();
      PBES2Parameters parameters = PBES2Parameters.getInstance(algorithm.getParameters());
      KeyDerivationFunc derivation = parameters.getKeyDerivationFunc();
      EncryptionScheme scheme = parameters.getEncryptionScheme();
      ASN1Sequence scrypt = ASN1Sequence.getInstance(derivation.getParameters());
      ASN1OctetString salt = ASN1OctetString.getInstance(scrypt.getObjectAt(0));
      ASN1OctetString iv = ASN1OctetString.getInstance(scheme.getParameters());
      if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)
          && derivation.getAlgorithm().equals(SCRYPT)
          && scheme.getAlgorithm().equals(NISTObjectIdentifiers.id_aes256_CBC)
          && scrypt.size() == 4
          && integer(scrypt, 1) == COST
          && integer(scrypt, 2) == BLOCK_SIZE
          && integer(scrypt, 3) == PARALLELIZATION
          && iv.getOctetsLength() == 16) {
        return new Encrypted(salt, iv, new DEROctetString(info.getEncryptedData()));
      }
    } catch (RuntimeException e) {
      // The parser throws many kinds; all mean the same.
      throw KeyError.UNKNOWN_ENCRYPTION.at(file, "");
    }
    throw KeyError.UNKNOWN_ENCRYPTION.at(file, "");
  }

  private static int integer(ASN1Sequence sequence, int index) {
    return ASN1Integer.getInstance(sequence.getObjectAt(index)).intValueExact();
  }

  private static byte[] aes(int mode, Passphrase passphrase, byte[] salt, byte[] iv, byte[] input)
      throws GeneralSecurityException {
    byte[] utf8 = passphrase.utf8();
    byte[] key = SCrypt.generate(utf8, salt, COST, BLOCK_SIZE, PARALLELIZATION, KEY_BYTES);
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(mode, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
      return cipher.doFinal(input);
    } finally {
      Arrays.fill(utf8, (byte) 0);
      Arrays.fill(key, (byte) 0);
    }
  }

  private static byte[] bytes(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
