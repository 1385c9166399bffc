package org.m4fw.signing.key;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.SLHDSAKeyPairGenerator;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.SLHDSAKeyGenerationParameters;
import org.bouncycastle.crypto.params.SLHDSAParameters;
import org.bouncycastle.crypto.params.SLHDSAPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.bouncycastle.crypto.signers.SLHDSASigner;

/**
 * How a private key of an algorithm is made and signs, with BouncyCastle, always deterministically.
 * Private keys are bytes of the length that {@link Algorithm} says; nobody here keeps or wipes
 * them.
 */
interface Scheme {
  /** New private key bytes; the caller wipes them. */
  byte[] generate(SecureRandom random);

  /** The public key, or nothing if the bytes are no private key. */
  Optional<byte[]> publicKey(byte[] privateKey);

  byte[] sign(byte[] privateKey, byte[] message);

  static Scheme of(Algorithm algorithm) {
    return switch (algorithm) {
      case ED25519 -> new Ed25519();
      case ECDSA_P256, ECDSA_P384 -> new Ecdsa(algorithm);
      case ML_DSA_65 -> new MlDsa(MLDSAParameters.ml_dsa_65);
      case ML_DSA_87 -> new MlDsa(MLDSAParameters.ml_dsa_87);
      case SLH_DSA_SHA2_128S -> new SlhDsa(SLHDSAParameters.sha2_128s);
    };
  }

  private static byte[] seed(SecureRandom random) {
    byte[] seed = new byte[32];
    random.nextBytes(seed);
    return seed;
  }

  private static byte[] signature(Signer signer, byte[] message) {
    signer.update(message, 0, message.length);
    try {
      return signer.generateSignature();
    } catch (CryptoException e) {
      throw new IllegalStateException("an initialised signer signs", e);
    }
  }

  /** RFC 8032. */
  record Ed25519() implements Scheme {
    @Override
    public byte[] generate(SecureRandom random) {
      return seed(random);
    }

    @Override
    public Optional<byte[]> publicKey(byte[] privateKey) {
      return Optional.of(
          new Ed25519PrivateKeyParameters(privateKey).generatePublicKey().getEncoded());
    }

    @Override
    public byte[] sign(byte[] privateKey, byte[] message) {
      Ed25519Signer signer = new Ed25519Signer();
      signer.init(true, new Ed25519PrivateKeyParameters(privateKey));
      return signature(signer, message);
    }
  }

  /** FIPS 204; private keys are seeds. */
  record MlDsa(MLDSAParameters parameters) implements Scheme {
    @Override
    public byte[] generate(SecureRandom random) {
      return seed(random);
    }

    @Override
    public Optional<byte[]> publicKey(byte[] privateKey) {
      return Optional.of(new MLDSAPrivateKeyParameters(parameters, privateKey).getPublicKey());
    }

    @Override
    public byte[] sign(byte[] privateKey, byte[] message) {
      MLDSASigner signer = new MLDSASigner();
      signer.init(true, new MLDSAPrivateKeyParameters(parameters, privateKey));
      return signature(signer, message);
    }
  }

  /** FIPS 186-5 with the nonces of RFC 6979. */
  record Ecdsa(Algorithm algorithm, EcdsaRules rules, ECDomainParameters domain) implements Scheme {
    Ecdsa(Algorithm algorithm) {
      this(
          algorithm,
          EcdsaRules.of(algorithm),
          new ECDomainParameters(
              CustomNamedCurves.getByName(algorithm == Algorithm.ECDSA_P256 ? "P-256" : "P-384")));
    }

    /** By rejection, so that every scalar is as likely as the next. */
    @Override
    public byte[] generate(SecureRandom random) {
      byte[] scalar = new byte[algorithm.privateKeyBytes()];
      do {
        random.nextBytes(scalar);
      } while (!rules.isPrivateKey(scalar));
      return scalar;
    }

    /** The two coordinates. */
    @Override
    public Optional<byte[]> publicKey(byte[] privateKey) {
      if (!rules.isPrivateKey(privateKey)) {
        return Optional.empty();
      }
      byte[] point = domain.getG().multiply(key(privateKey).getD()).getEncoded(false);
      return Optional.of(Arrays.copyOfRange(point, 1, point.length));
    }

    @Override
    public byte[] sign(byte[] privateKey, byte[] message) {
      var nonces = new HMacDSAKCalculator(digest());
      ECDSASigner signer = new ECDSASigner(nonces);
      signer.init(true, key(privateKey));
      var digest = digest();
      byte[] hash = new byte[digest.getDigestSize()];
      digest.update(message, 0, message.length);
      digest.doFinal(hash, 0);
      var pair = signer.generateSignature(hash);
      return rules.canonical(pair[0], pair[1]);
    }

    private org.bouncycastle.crypto.Digest digest() {
      return algorithm == Algorithm.ECDSA_P256 ? new SHA256Digest() : new SHA384Digest();
    }

    private ECPrivateKeyParameters key(byte[] scalar) {
      return new ECPrivateKeyParameters(new java.math.BigInteger(1, scalar), domain);
    }
  }

  /** FIPS 205; private keys are SK.seed, SK.prf, PK.seed and PK.root one after the other. */
  record SlhDsa(SLHDSAParameters parameters) implements Scheme {
    @Override
    public byte[] generate(SecureRandom random) {
      SLHDSAKeyPairGenerator generator = new SLHDSAKeyPairGenerator();
      generator.init(new SLHDSAKeyGenerationParameters(random, parameters));
      return encoded(generator.generateKeyPair());
    }

    /** Computes the root again: a damaged one would make signatures that betray the key. */
    @Override
    public Optional<byte[]> publicKey(byte[] privateKey) {
      var key = new SLHDSAPrivateKeyParameters(parameters, privateKey);
      SLHDSAKeyPairGenerator generator = new SLHDSAKeyPairGenerator();
      generator.init(new SLHDSAKeyGenerationParameters(new SecureRandom(), parameters));
      byte[] again =
          encoded(
              generator.internalGenerateKeyPair(key.getSeed(), key.getPrf(), key.getPublicSeed()));
      return Arrays.equals(again, privateKey)
          ? Optional.of(key.getEncodedPublicKey())
          : Optional.empty();
    }

    @Override
    public byte[] sign(byte[] privateKey, byte[] message) {
      SLHDSASigner signer = new SLHDSASigner();
      signer.init(true, new SLHDSAPrivateKeyParameters(parameters, privateKey));
      return signer.generateSignature(message);
    }

    private static byte[] encoded(AsymmetricCipherKeyPair pair) {
      return ((SLHDSAPrivateKeyParameters) pair.getPrivate()).getEncoded();
    }
  }
}
