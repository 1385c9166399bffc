package org.m4fw.signing.trust;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.Envelope;
import org.m4fw.signing.key.VerificationKey;
import tools.jackson.databind.JsonNode;

/**
 * The keys of a developer over the years: each node is signed by all keys of its own and of the
 * node before it. A vendor whose trust root lists the keys of one node for adapters trusts the
 * later ones too, without a new root.
 *
 * <p>The file is {@code {"nodes": [ENVELOPE, ...], "schema": "m4fw/key-lineage/1"}} in canonical
 * form and a line feed.
 */
public final class KeyLineage {
  static final String SCHEMA = "m4fw/key-lineage/1";

  /** 64 nodes with a few keys and signatures of the usual kinds have less. */
  private static final int MAX_BYTES = 2 << 20;

  private final String source;
  private final List<LineageNode> nodes;

  private KeyLineage(String source, List<LineageNode> nodes) {
    this.source = source;
    this.nodes = List.copyOf(nodes);
  }

  /**
   * Reads a lineage and checks everything about it but whether anybody trusts it.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link LineageError}, or the error of the
   *     JSON, key, envelope or file
   */
  public static KeyLineage read(Path file) {
    return parse(file.toString(), FileBytes.read(file, MAX_BYTES));
  }

  /** As {@link #read}, for bytes of any origin. */
  public static KeyLineage parse(String source, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw LineageError.TOO_LARGE.at(source, "", bytes.length, MAX_BYTES);
    }
    Fields document =
        Fields.of(source, StrictJson.parse(source, bytes)).allowOnly("schema", "nodes");
    if (!document.string("schema").equals(SCHEMA)) {
      throw LineageError.WRONG_SCHEMA.at(source, "schema", document.string("schema"), SCHEMA);
    }
    List<Fields> envelopes = document.objects("nodes");
    if (envelopes.isEmpty() || envelopes.size() > LineageNode.MAX_NODES) {
      throw LineageError.TOO_MANY.at(source, "nodes", envelopes.size(), LineageNode.MAX_NODES);
    }
    KeyLineage lineage = new KeyLineage(source, List.of());
    for (Fields envelope : envelopes) {
      lineage = lineage.with(LineageNode.read(source, canonical(source, envelope.node())));
    }
    return lineage;
  }

  private static byte[] canonical(String source, JsonNode node) {
    try {
      return CanonicalJson.bytes(node);
    } catch (IllegalArgumentException e) {
      throw LineageError.NOT_CANONICAL.at(source, "nodes");
    }
  }

  /** What the next node of this lineage has to sign; the first one's, if there is none yet. */
  public static byte[] payload(
      Optional<KeyLineage> before, List<VerificationKey> keys, List<Integer> revoked) {
    int number = before.map(lineage -> lineage.nodes.size()).orElse(0) + 1;
    return LineageNode.payload(
        number, before.map(lineage -> lineage.nodes.getLast().digest()), keys, revoked);
  }

  /** The payload type under which {@link #payload} is signed. */
  public static String payloadType() {
    return LineageNode.PAYLOAD_TYPE;
  }

  /** With a node more, checked as a read one is. */
  public static KeyLineage append(String source, Optional<KeyLineage> before, Envelope node) {
    return before
        .orElse(new KeyLineage(source, List.of()))
        .with(LineageNode.read(source, node.bytes()));
  }

  private KeyLineage with(LineageNode node) {
    String item = "node " + node.number();
    if (node.number() != nodes.size() + 1) {
      throw LineageError.NOT_NEXT.at(source, item, node.number(), nodes.size() + 1);
    }
    Optional<Digest> expected =
        nodes.isEmpty() ? Optional.empty() : Optional.of(nodes.getLast().digest());
    if (!node.previous().equals(expected)) {
      throw LineageError.NOT_NEXT.at(source, item, text(node.previous()), text(expected));
    }
    for (VerificationKey key : node.keys()) {
      if (nodes.stream().anyMatch(earlier -> earlier.keys().contains(key))) {
        throw LineageError.LOOP.at(source, item, key.id());
      }
    }
    if (!nodes.isEmpty()) {
      node.checkSignedBy(nodes.getLast().keys());
    }
    List<LineageNode> more = new ArrayList<>(nodes);
    more.add(node);
    return new KeyLineage(source, more);
  }

  private static String text(Optional<Digest> digest) {
    return digest.map(Digest::toString).orElse("no node before");
  }

  /**
   * Refuses two lineages that part from one another after a common node.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LineageError#FORK}
   */
  static void checkForks(List<KeyLineage> lineages) {
    Map<Digest, LineageNode> followers = new HashMap<>();
    for (KeyLineage lineage : lineages) {
      for (LineageNode node : lineage.nodes) {
        Optional<LineageNode> other =
            node.previous().flatMap(before -> Optional.ofNullable(followers.put(before, node)));
        if (other.isPresent() && !other.get().digest().equals(node.digest())) {
          throw LineageError.FORK.at(lineage.source, "node " + node.number(), other.get().file());
        }
      }
    }
  }

  /**
   * A root that also trusts, for adapters, the keys of the nodes after the one that it lists.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LineageError#UNKNOWN_LINEAGE}
   */
  TrustRoot extend(TrustRoot root) {
    int anchor = 0;
    while (anchor < nodes.size() && !lists(root, nodes.get(anchor))) {
      anchor++;
    }
    if (anchor == nodes.size()) {
      throw LineageError.UNKNOWN_LINEAGE.at(source, "", root.source());
    }
    Set<String> known = root.keys().stream().map(TrustedKey::id).collect(Collectors.toSet());
    List<TrustedKey> keys = new ArrayList<>(root.keys());
    nodes.subList(anchor, nodes.size()).stream()
        .flatMap(node -> node.keys().stream())
        .filter(key -> !known.contains(key.id()))
        .forEach(key -> keys.add(new TrustedKey(key, Roles.ADAPTER_DEVELOPER)));
    return new TrustRoot(root.source(), root.version(), root.development(), keys, root.required());
  }

  private static boolean lists(TrustRoot root, LineageNode node) {
    return node.keys().stream()
        .allMatch(
            key ->
                root.key(key.id())
                    .filter(trusted -> trusted.role().equals(Roles.ADAPTER_DEVELOPER))
                    .isPresent());
  }

  /**
   * Refuses signers of a revoked node, and those of several nodes: a developer with an old and a
   * new key is still one, whatever a threshold asks for.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LineageError#REVOKED_NODE} or {@link
   *     LineageError#TWO_NODES}
   */
  void checkSigners(String file, List<TrustedKey> signers) {
    long signing = nodes.stream().filter(node -> signedBy(node, signers)).count();
    Set<Integer> revoked =
        nodes.stream()
            .flatMap(node -> node.revoked().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    for (int number : revoked) {
      for (VerificationKey key : nodes.get(number - 1).keys()) {
        if (signers.stream().anyMatch(signer -> signer.key().equals(key))) {
          throw LineageError.REVOKED_NODE.at(file, "signature by " + key.id(), number, source);
        }
      }
    }
    if (signing > 1) {
      throw LineageError.TWO_NODES.at(file, "", source);
    }
  }

  /**
   * Refuses signers that are trusted only because a key that is revoked by now said so: whoever has
   * that key can pass the trust on to anybody.
   *
   * @param root as its file is, without what lineages add
   * @throws org.m4fw.base.problem.ProblemException with {@link VerificationError#REVOKED_KEY}
   */
  void checkPassedOn(
      String file, TrustRoot root, List<TrustedKey> signers, Revocations revocations) {
    int node = nodes.size() - 1;
    while (node >= 0 && !signedBy(nodes.get(node), signers)) {
      node--;
    }
    for (; node > 0 && !lists(root, nodes.get(node)); node--) {
      revocations.checkPassedOn(file, nodes.get(node - 1).keys());
    }
  }

  private static boolean signedBy(LineageNode node, List<TrustedKey> signers) {
    return signers.stream().anyMatch(signer -> node.keys().contains(signer.key()));
  }

  /** How many nodes it has. */
  public int size() {
    return nodes.size();
  }

  /** The keys that count now. */
  public List<VerificationKey> latestKeys() {
    return nodes.getLast().keys();
  }

  /** The content of its file. */
  public byte[] bytes() {
    Map<String, Object> document = new TreeMap<>();
    document.put("schema", SCHEMA);
    document.put(
        "nodes",
        nodes.stream().map(node -> StrictJson.parse(source, node.envelope().bytes())).toList());
    String json =
        new String(CanonicalJson.bytes(CanonicalJson.node(document)), StandardCharsets.UTF_8);
    return (json + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
