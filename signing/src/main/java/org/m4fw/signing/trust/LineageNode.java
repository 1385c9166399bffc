package org.m4fw.signing.trust;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.signing.key.VerificationKey;

/**
 * The keys that a developer has from some point on. The payload of a node's envelope is canonical
 * JSON:
 *
 * <pre>
 * {"schema": "m4fw/lineage-node/1",
 *  "number": 2,                          from 1
 *  "previous": "sha256:...",             of the payload of the node before; missing in the first
 *  "keys": ["base64 SPKI", ...],         one of a class at most, ascending by id
 *  "revoked": [1],                       earlier nodes whose keys count no more; ascending
 *  "rollback": false}                    whether earlier keys may replace what these signed
 * </pre>
 *
 * <p>As in the lineage of APK Signature Scheme v3, a right to roll back can be written; here a node
 * that has it is refused.
 *
 * @param file for messages
 */
record LineageNode(
    String file,
    int number,
    Optional<Digest> previous,
    List<VerificationKey> keys,
    List<Integer> revoked,
    Envelope envelope) {
  static final String PAYLOAD_TYPE = "application/vnd.m4fw.lineage-node.v1+json";
  static final int MAX_NODES = 64;
  private static final String SCHEMA = "m4fw/lineage-node/1";
  private static final int MAX_KEYS = AlgorithmClass.values().length;

  LineageNode {
    keys = List.copyOf(keys);
    revoked = List.copyOf(revoked);
  }

  /** What is to be signed. */
  static byte[] payload(
      int number, Optional<Digest> previous, List<VerificationKey> keys, List<Integer> revoked) {
    Map<String, Object> document = new TreeMap<>();
    document.put("schema", SCHEMA);
    document.put("number", number);
    previous.ifPresent(digest -> document.put("previous", digest.toString()));
    document.put(
        "keys",
        keys.stream()
            .sorted(Comparator.comparing(VerificationKey::id))
            .map(key -> Base64.getEncoder().encodeToString(key.spki()))
            .toList());
    document.put("revoked", revoked);
    document.put("rollback", false);
    return CanonicalJson.bytes(CanonicalJson.node(document));
  }

  /** Reads a node and checks that its own keys signed it; what comes before is checked later. */
  static LineageNode read(String file, byte[] envelopeBytes) {
    Envelope envelope = Envelope.parse(file, envelopeBytes);
    if (!envelope.payloadType().equals(PAYLOAD_TYPE)) {
      throw LineageError.WRONG_TYPE.at(file, "", envelope.payloadType(), PAYLOAD_TYPE);
    }
    byte[] payload = envelope.payload();
    Fields fields = Fields.of(file, StrictJson.parse(file, payload));
    fields.allowOnly("schema", "number", "previous", "keys", "revoked", "rollback");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw LineageError.WRONG_SCHEMA.at(file, "schema", fields.string("schema"), SCHEMA);
    }
    int number = (int) fields.integer("number", 1, MAX_NODES);
    if (fields.bool("rollback", false)) {
      throw LineageError.ROLLBACK.at(file, "node " + number);
    }
    LineageNode node =
        new LineageNode(
            file, number, previous(fields), keys(fields), revoked(fields, number), envelope);
    if (!Arrays.equals(payload, payload(number, node.previous, node.keys, node.revoked))) {
      throw LineageError.NOT_CANONICAL.at(file, "node " + number);
    }
    node.checkSignedBy(node.keys);
    return node;
  }

  private static Optional<Digest> previous(Fields fields) {
    Optional<String> text = fields.optionalString("previous");
    if (text.isPresent() && !text.get().matches("sha256:[0-9a-f]{64}")) {
      throw LineageError.NOT_NEXT.at(fields.file(), "previous", text.get(), "a SHA-256 digest");
    }
    return text.map(Digest::parse);
  }

  private static List<VerificationKey> keys(Fields fields) {
    List<String> texts = fields.strings("keys");
    if (texts.isEmpty() || texts.size() > MAX_KEYS) {
      throw LineageError.TOO_MANY.at(fields.file(), "keys", texts.size(), MAX_KEYS);
    }
    List<VerificationKey> keys = new ArrayList<>();
    for (String text : texts) {
      byte[] spki = TrustRootFile.base64(fields.file(), "keys", text);
      VerificationKey key = VerificationKey.ofSpki(fields.file(), "keys", spki);
      if (!keys.isEmpty() && keys.getLast().id().compareTo(key.id()) >= 0) {
        throw LineageError.KEYS_OUT_OF_ORDER.at(fields.file(), "keys");
      }
      AlgorithmClass algorithmClass = key.algorithm().algorithmClass();
      if (keys.stream().anyMatch(k -> k.algorithm().algorithmClass() == algorithmClass)) {
        throw LineageError.SAME_CLASS.at(fields.file(), "keys", algorithmClass.text());
      }
      keys.add(key);
    }
    return keys;
  }

  private static List<Integer> revoked(Fields fields, int number) {
    List<Integer> revoked = new ArrayList<>();
    for (long one : fields.integers("revoked", 1, MAX_NODES)) {
      if (one >= number || (!revoked.isEmpty() && revoked.getLast() >= one)) {
        throw LineageError.BAD_REVOCATION.at(fields.file(), "node " + number, one);
      }
      revoked.add((int) one);
    }
    return revoked;
  }

  /** The digest that the next node names. */
  Digest digest() {
    return Digest.of(envelope.payload());
  }

  /** Every one of the keys has to have signed; further signatures may be there. */
  void checkSignedBy(List<VerificationKey> signers) {
    byte[] message = envelope.preAuthenticationEncoding();
    for (VerificationKey signer : signers) {
      boolean signed =
          envelope.signatures().stream()
              .filter(signature -> signature.keyId().equals(signer.id()))
              .anyMatch(signature -> signer.verifies(message, signature.bytes()));
      if (!signed) {
        throw LineageError.UNSIGNED.at(file, "node " + number, signer);
      }
    }
  }
}
