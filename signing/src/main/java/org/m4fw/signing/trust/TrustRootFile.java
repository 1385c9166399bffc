package org.m4fw.signing.trust;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.RequiredSignature;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.VerificationKey;

/**
 * A trust root as JSON:
 *
 * <pre>
 * {"schema": "m4fw/trust-root/1",
 *  "version": 1,
 *  "development": false,
 *  "keys": [{"id": hex SHA-256 of the SPKI, "algorithm": label of an {@link
 *            org.m4fw.signing.key.Algorithm}, "role": "release",
 *            "spki": base64 of the DER SubjectPublicKeyInfo}],
 *  "required": [{"role": "release", "class": "classical" | "post-quantum", "threshold": 1}]}
 * </pre>
 *
 * Written canonically with a line feed at the end; read in any white space, but without unknown
 * fields. {@code id} and {@code algorithm} follow from the key and are there for people: both are
 * computed again and compared. A missing version is 1. How it is signed: {@link SignedRoot}.
 */
public final class TrustRootFile {
  static final String SCHEMA = "m4fw/trust-root/1";
  private static final int MAX_ENTRIES = 64;

  /** A change a day for many lifetimes of a phone. */
  static final int MAX_VERSION = 1_000_000;

  /** As in a manifest. */
  static final int MAX_THRESHOLD = 16;

  private static final String ROLE = "[a-z0-9][a-z0-9-]{0,31}";

  private TrustRootFile() {}

  public static byte[] bytes(TrustRoot root) {
    byte[] json = canonical(root);
    byte[] lines = Arrays.copyOf(json, json.length + 1);
    lines[json.length] = '\n';
    return lines;
  }

  /** Without the line feed: what is signed. */
  static byte[] canonical(TrustRoot root) {
    Map<String, Object> document = new TreeMap<>();
    document.put("schema", SCHEMA);
    document.put("version", root.version());
    document.put("development", root.development());
    document.put("keys", root.keys().stream().map(TrustRootFile::node).toList());
    document.put("required", root.required().stream().map(TrustRootFile::node).toList());
    return CanonicalJson.bytes(CanonicalJson.node(document));
  }

  private static Map<String, Object> node(TrustedKey key) {
    return Map.of(
        "id", key.id(),
        "algorithm", key.key().algorithm().label(),
        "role", key.role(),
        "spki", Base64.getEncoder().encodeToString(key.key().spki()));
  }

  private static Map<String, Object> node(RequiredSignature requirement) {
    return Map.of(
        "role", requirement.role(),
        "class", requirement.algorithmClass().text(),
        "threshold", requirement.threshold());
  }

  /** Reads a document that may be a trust root. */
  static TrustRoot read(Fields document) {
    document.allowOnly("schema", "version", "development", "keys", "required");
    String schema = document.string("schema");
    if (!schema.equals(SCHEMA)) {
      throw TrustRootError.WRONG_SCHEMA.at(document.file(), "schema", schema, SCHEMA);
    }
    int version = (int) document.optionalInteger("version", 1, MAX_VERSION).orElse(1);
    boolean development = document.bool("development", false);
    List<TrustedKey> keys = keys(bounded(document, "keys"));
    List<RequiredSignature> required = required(bounded(document, "required"));
    checkStrength(document, required);
    TrustRoot root = new TrustRoot(document.file(), version, development, keys, required);
    checkSatisfiable(root);
    return root;
  }

  private static List<Fields> bounded(Fields document, String name) {
    List<Fields> entries = document.objects(name);
    if (entries.size() > MAX_ENTRIES) {
      throw TrustRootError.TOO_MANY.at(document.file(), name, entries.size(), MAX_ENTRIES);
    }
    return entries;
  }

  private static List<TrustedKey> keys(List<Fields> entries) {
    List<TrustedKey> keys = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (Fields entry : entries) {
      TrustedKey key = key(entry.allowOnly("id", "algorithm", "role", "spki"));
      if (!ids.add(key.id())) {
        throw TrustRootError.DUPLICATE_KEY.at(entry.file(), entry.path());
      }
      keys.add(key);
    }
    return keys;
  }

  private static TrustedKey key(Fields entry) {
    VerificationKey key =
        VerificationKey.ofSpki(
            entry.file(),
            entry.path() + ".spki",
            base64(entry.file(), entry.path() + ".spki", entry.string("spki")));
    String algorithm = entry.string("algorithm");
    if (!algorithm.equals(key.algorithm().label())) {
      throw TrustRootError.WRONG_ALGORITHM.at(
          entry.file(), entry.path() + ".algorithm", algorithm, key.algorithm().label());
    }
    String id = entry.string("id");
    if (!id.equals(key.id())) {
      throw TrustRootError.WRONG_KEY_ID.at(entry.file(), entry.path() + ".id", id, key.id());
    }
    String role = role(entry);
    if (key.algorithm() == Algorithm.SLH_DSA_SHA2_128S && !role.equals(Roles.ROOT)) {
      throw TrustRootError.ONLY_FOR_ROOT.at(
          entry.file(), entry.path() + ".role", role, key.algorithm().standardName());
    }
    return new TrustedKey(key, role);
  }

  /** Decodes what the encoder would have written, and nothing else. */
  static byte[] base64(String file, String item, String text) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw TrustRootError.NOT_BASE64.at(file, item);
    }
    throw TrustRootError.NOT_BASE64.at(file, item);
  }

  private static List<RequiredSignature> required(List<Fields> entries) {
    List<RequiredSignature> required = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Fields entry : entries) {
      entry.allowOnly("role", "class", "threshold");
      String label = entry.string("class");
      AlgorithmClass algorithmClass =
          AlgorithmClass.ofText(label)
              .orElseThrow(
                  () ->
                      TrustRootError.WRONG_CLASS.at(entry.file(), entry.path() + ".class", label));
      String role = role(entry);
      if (!seen.add(role + " " + label)) {
        throw TrustRootError.DUPLICATE_REQUIREMENT.at(
            entry.file(), entry.path(), role + " " + label);
      }
      int threshold = (int) entry.integer("threshold", 1, MAX_THRESHOLD);
      required.add(new RequiredSignature(role, algorithmClass, threshold));
    }
    return required;
  }

  private static String role(Fields entry) {
    String role = entry.string("role");
    if (!role.matches(ROLE)) {
      throw TrustRootError.WRONG_ROLE.at(entry.file(), entry.path() + ".role", role);
    }
    return role;
  }

  /** A root that asks for nothing would trust everything; neither may a role ask for too little. */
  private static void checkStrength(Fields document, List<RequiredSignature> required) {
    if (required.isEmpty()) {
      throw TrustRootError.TOO_WEAK.at(document.file(), "required", "classical or post-quantum");
    }
    for (String role : required.stream().map(RequiredSignature::role).distinct().toList()) {
      for (AlgorithmClass algorithmClass : AlgorithmClass.values()) {
        if (required.stream()
            .noneMatch(r -> r.role().equals(role) && r.algorithmClass() == algorithmClass)) {
          throw TrustRootError.TOO_WEAK.at(
              document.file(), "required " + role, algorithmClass.text());
        }
      }
    }
  }

  private static void checkSatisfiable(TrustRoot root) {
    for (RequiredSignature requirement : root.required()) {
      long count = root.keys().stream().filter(key -> root.counts(key, requirement)).count();
      if (count < requirement.threshold()) {
        throw TrustRootError.UNSATISFIABLE.at(
            root.source(),
            "required %s %s".formatted(requirement.role(), requirement.algorithmClass().text()),
            requirement.threshold(),
            count);
      }
    }
  }
}
