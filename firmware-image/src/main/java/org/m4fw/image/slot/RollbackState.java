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
 * The lowest rollback index that a device still accepts, for each domain. A device keeps this where
 * nobody can set it back, such as a replay-protected memory block; in a file, as here, it stops
 * accidents and not an attacker who can write the file.
 *
 * <p>The file is a {@link DurableRecord} of canonical JSON: {@code
 * {"rollback":{DOMAIN:INDEX,...},"schema":"m4fw.rollback-state/1"}}, at most 32 domains.
 *
 * @param minima at least one domain, or the device has installed nothing yet
 */
public record RollbackState(SortedMap<String, Long> minima) {
  private static final String SCHEMA = "m4fw.rollback-state/1";
  private static final int MAX_DOMAINS = 32;
  private static final long MAX_INDEX = (1L << 53) - 1;
  private static final String DOMAIN = "[a-z0-9][a-z0-9._-]{0,31}";

  /** Of a device that has installed nothing; it accepts any domain. */
  public static final RollbackState NONE = new RollbackState(Collections.emptySortedMap());

  public RollbackState {
    minima = Collections.unmodifiableSortedMap(new TreeMap<>(minima));
  }

  /** The state in a file; {@link #NONE} if there is no such file. */
  public static RollbackState read(Path path) {
    return DurableRecord.read(path).map(bytes -> parse(path, bytes)).orElse(NONE);
  }

  private static RollbackState parse(Path path, byte[] bytes) {
    Fields fields = Fields.of(path.toString(), StrictJson.parse(path.toString(), bytes));
    fields.allowOnly("rollback", "schema");
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
    return new RollbackState(minima);
  }

  /** Writes the state, durably. */
  public void write(Storage storage, String name) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ObjectNode domains = node.putObject("rollback");
    minima.forEach(domains::put);
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

  /** The state after an image was found good: its index, unless there is a higher one already. */
  public RollbackState raised(Rollback rollback) {
    Map<String, Long> raised = new TreeMap<>(minima);
    raised.merge(rollback.domain(), rollback.index(), Math::max);
    return new RollbackState(new TreeMap<>(raised));
  }
}
