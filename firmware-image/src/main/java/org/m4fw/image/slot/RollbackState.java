package org.m4fw.image.slot;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.file.DurableRecord;
import org.m4fw.base.file.Storage;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.Manifest;
import org.m4fw.image.Rollback;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lowest rollback index that a device still accepts, for each domain, and the highest versions
 * of trust root and revocations that it has seen. A device keeps this where nobody can set it back,
 * such as a replay-protected memory block; in a file, as here, it stops accidents and not an
 * attacker who can write the file.
 *
 * <p>The file is a {@link DurableRecord} of canonical JSON: {@code
 * {"rollback":{DOMAIN:INDEX,...},"revocations":VERSION,"revokers":DIGEST,"root":VERSION,
 * "schema":"m4fw.rollback-state/1"}}, at most 32 domains; without the three in the middle where
 * nothing has been seen.
 *
 * @param minima at least one domain, or the device has installed nothing yet
 */
public record RollbackState(SortedMap<String, Long> minima, TrustVersions seen) {
  private static final String SCHEMA = "m4fw.rollback-state/1";
  private static final int MAX_DOMAINS = 32;
  private static final long MAX_INDEX = (1L << 53) - 1;
  private static final String REVOKERS = "([0-9a-f]{64})?";
  private static final String DOMAIN = "[a-z0-9][a-z0-9._-]{0,31}";

  /** Of a device that has installed nothing; it accepts any domain. */
  public static final RollbackState NONE = new RollbackState(Collections.emptySortedMap());

  public RollbackState {
    minima = Collections.unmodifiableSortedMap(new TreeMap<>(minima));
  }

  /** Of a device that has seen no versions. */
  public RollbackState(SortedMap<String, Long> minima) {
    this(minima, TrustVersions.NONE);
  }

  /** The state in a file; {@link #NONE} if there is no such file. */
  public static RollbackState read(Path path) {
    return DurableRecord.read(path).map(bytes -> parse(path, bytes)).orElse(NONE);
  }

  private static RollbackState parse(Path path, byte[] bytes) {
    Fields fields = Fields.of(path.toString(), StrictJson.parse(path.toString(), bytes));
    fields.allowOnly("revocations", "revokers", "rollback", "root", "schema");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw RollbackError.STATE_INVALID.at(path, "schema", fields.string("schema"), SCHEMA);
    }
    Fields domains = fields.object("rollback");
    TreeMap<String, Long> minima = new TreeMap<>();
    for (String domain : domains.names()) {
      if (!domain.matches(DOMAIN)) {
        throw RollbackError.STATE_INVALID.at(path, "rollback", domain, DOMAIN);
      }
      minima.put(domain, domains.integer(domain, 0, MAX_INDEX));
    }
    if (minima.size() > MAX_DOMAINS) {
      throw RollbackError.STATE_INVALID.at(
          path, "rollback", minima.size() + " domains", "at most " + MAX_DOMAINS);
    }
    return new RollbackState(minima, seen(path, fields));
  }

  private static TrustVersions seen(Path path, Fields fields) {
    String revokers = fields.optionalString("revokers").orElse("");
    if (!revokers.matches(REVOKERS)) {
      throw RollbackError.STATE_INVALID.at(path, "revokers", revokers, REVOKERS);
    }
    return new TrustVersions(
        (int) fields.optionalInteger("root", 0, Integer.MAX_VALUE).orElse(0),
        revokers,
        fields.optionalInteger("revocations", 0, MAX_INDEX).orElse(0));
  }

  /** Writes the state, durably. */
  public void write(Storage storage, String name) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ObjectNode domains = node.putObject("rollback");
    minima.forEach(domains::put);
    if (seen.root() > 0) {
      node.put("root", seen.root());
    }
    if (!seen.revokers().isEmpty()) {
      node.put("revokers", seen.revokers()).put("revocations", seen.revocations());
    }
    node.put("schema", SCHEMA);
    DurableRecord.write(storage, name, CanonicalJson.bytes(node));
  }

  /**
   * Refuses an image that is older than what the device has accepted before.
   *
   * @param file for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link RollbackError#INDEX_TOO_LOW} or
   *     {@link RollbackError#UNKNOWN_DOMAIN}
   */
  public void check(String file, Manifest manifest) {
    if (minima.isEmpty()) {
      return;
    }
    Rollback rollback = manifest.rollback();
    Long minimum = minima.get(rollback.domain());
    if (minimum == null) {
      throw RollbackError.UNKNOWN_DOMAIN.at(
          file, "rollback", rollback.domain(), String.join(", ", minima.keySet()));
    }
    if (rollback.index() < minimum) {
      throw RollbackError.INDEX_TOO_LOW.at(
          file, "rollback", rollback.index(), rollback.domain(), minimum);
    }
  }

  /**
   * Refuses what an older trust root bears out, or one that was verified without the latest list.
   *
   * @param file for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link RollbackError#OLD_ROOT} or {@link
   *     RollbackError#OLD_REVOCATIONS}
   */
  public void check(String file, TrustVersions versions) {
    if (versions.root() > 0 && versions.root() < seen.root()) {
      throw RollbackError.OLD_ROOT.at(file, "", versions.root(), seen.root());
    }
    if (versions.sameRevokers(seen) && versions.revocations() < seen.revocations()) {
      throw RollbackError.OLD_REVOCATIONS.at(file, "", versions.revocations(), seen.revocations());
    }
  }

  /** The state after versions were seen that are to be remembered. */
  RollbackState raised(TrustVersions versions) {
    return new RollbackState(minima, seen.raised(versions));
  }

  /** The state after an image was found good: its index, unless there is a higher one already. */
  public RollbackState raised(Rollback rollback) {
    Map<String, Long> raised = new TreeMap<>(minima);
    raised.merge(rollback.domain(), rollback.index(), Math::max);
    return new RollbackState(new TreeMap<>(raised), seen);
  }
}
