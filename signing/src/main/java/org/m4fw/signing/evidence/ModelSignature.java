package org.m4fw.signing.evidence;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.image.Envelope;
import org.m4fw.signing.key.EcdsaForm;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.SigningKey;

/**
 * A signature over a directory of files as the OpenSSF Model Signing specification has it: a
 * Sigstore bundle ({@code model.sig}) with a DSSE envelope around an in-toto statement that lists
 * every file with its SHA-256. {@code model_signing verify key} checks it with the public key.
 *
 * <p>Source: OMS 1.0, {@code https://model_signing/signature/v1.0}; Sigstore bundle 0.3; in-toto
 * Statement v1. Key ids are hints there as here; that of the bundle is the SHA-256 of the PEM file.
 */
public final class ModelSignature {
  private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private ModelSignature() {}

  /**
   * The bundle.
   *
   * @param name what the signature calls the model
   * @param files by path relative to the directory, with {@code /}, and all that are in it
   * @param key ECDSA P-256 or P-384
   * @param certificates the DER of the key's own certificate and of those that lead from it to an
   *     authority, for {@code model_signing verify certificate}; if empty, the bundle names the
   *     bare key
   */
  public static byte[] bundle(
      String name, SortedMap<String, Digest> files, SigningKey key, List<byte[]> certificates) {
    byte[] payload = statement(name, files);
    byte[] signature = key.sign(Envelope.preAuthenticationEncoding(PAYLOAD_TYPE, payload));
    Base64.Encoder base64 = Base64.getEncoder();
    SortedMap<String, Object> envelope = new TreeMap<>();
    envelope.put("payload", base64.encodeToString(payload));
    envelope.put("payloadType", PAYLOAD_TYPE);
    envelope.put(
        "signatures",
        List.of(
            new TreeMap<>(
                Map.of(
                    "keyid",
                    "",
                    "sig",
                    base64.encodeToString(EcdsaForm.der(key.algorithm(), signature))))));
    SortedMap<String, Object> material = new TreeMap<>();
    if (certificates.isEmpty()) {
      String hint = Digest.of(KeyFiles.pem(key.verificationKey())).hex();
      material.put("publicKey", Map.of("hint", hint));
    } else {
      material.put(
          "x509CertificateChain",
          Map.of(
              "certificates",
              certificates.stream()
                  .map(der -> Map.of("rawBytes", base64.encodeToString(der)))
                  .toList()));
    }
    material.put("tlogEntries", List.of());
    SortedMap<String, Object> bundle = new TreeMap<>();
    bundle.put("dsseEnvelope", envelope);
    bundle.put("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json");
    bundle.put("verificationMaterial", material);
    return CanonicalJson.bytes(CanonicalJson.node(bundle));
  }

  /** The subject's digest is that of all files' digests, in the order of their names. */
  private static byte[] statement(String name, SortedMap<String, Digest> files) {
    ByteArrayOutputStream digests = new ByteArrayOutputStream();
    List<Object> resources = new ArrayList<>();
    files.forEach(
        (path, digest) -> {
          digests.writeBytes(digest.bytes());
          resources.add(
              new TreeMap<>(Map.of("algorithm", "sha256", "digest", digest.hex(), "name", path)));
        });
    SortedMap<String, Object> serialization = new TreeMap<>();
    serialization.put("allow_symlinks", false);
    serialization.put("hash_type", "sha256");
    serialization.put("ignore_paths", List.of());
    serialization.put("method", "files");
    SortedMap<String, Object> statement = new TreeMap<>();
    statement.put("_type", "https://in-toto.io/Statement/v1");
    statement.put(
        "subject",
        List.of(
            new TreeMap<>(
                Map.of(
                    "name",
                    name,
                    "digest",
                    Map.of("sha256", Digest.of(digests.toByteArray()).hex())))));
    statement.put("predicateType", "https://model_signing/signature/v1.0");
    statement.put(
        "predicate", new TreeMap<>(Map.of("resources", resources, "serialization", serialization)));
    return CanonicalJson.bytes(CanonicalJson.node(statement));
  }
}
