package org.m4fw.signing.statement;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.Revocations;
import org.m4fw.signing.trust.Verifier;

/**
 * Revocations as a statement. The body:
 *
 * <pre>
 * {"version": 3,
 *  "keys": ["hex SHA-256 of an SPKI"],         ascending, each once
 *  "digests": ["sha256:..."],                  ascending, each once
 *  "minimum_indexes": {"DOMAIN": 5}}
 * </pre>
 */
public final class RevocationList {
  /** The role of the section of an image that carries a list to the devices that install it. */
  public static final String SECTION_ROLE = "revocations";

  private static final int MAX_ENTRIES = 16_384;
  private static final long MAX_INTEGER = (1L << 53) - 1;

  private RevocationList() {}

  /** Signs a list; its source does not matter. */
  public static SignedStatement sign(Revocations revocations, SigningIdentity identity) {
    Map<String, Object> body = new TreeMap<>();
    body.put("version", revocations.version());
    body.put("keys", List.copyOf(new TreeSet<>(revocations.keys())));
    body.put(
        "digests", new TreeSet<>(revocations.digests()).stream().map(Digest::toString).toList());
    body.put("minimum_indexes", revocations.minimumIndexes());
    return SignedStatement.sign(
        StatementKind.REVOCATIONS, List.of(), CanonicalJson.node(body), identity);
  }

  /**
   * What a statement revokes, once its signatures are found good.
   *
   * @param minimumVersion what was seen before; lower ones are refused
   * @throws ProblemException with a {@link StatementError} or {@link
   *     org.m4fw.signing.trust.VerificationError}
   */
  public static Revocations verified(
      SignedStatement statement, Verifier verifier, long minimumVersion) {
    statement.require(StatementKind.REVOCATIONS).verify(verifier);
    Revocations revocations = of(statement);
    if (revocations.version() < minimumVersion) {
      throw StatementError.OLD_VERSION.at(
          statement.source(), "version", revocations.version(), minimumVersion);
    }
    return revocations;
  }

  /** What a statement says, whoever signed it: to show it, or to write the next version. */
  public static Revocations of(SignedStatement statement) {
    Fields body = statement.require(StatementKind.REVOCATIONS).body();
    body.allowOnly("version", "keys", "digests", "minimum_indexes");
    return new Revocations(
        statement.source(),
        body.integer("version", 1, MAX_INTEGER),
        new TreeSet<>(keys(body)),
        new TreeSet<>(StatementDigests.of(body, "digests", MAX_ENTRIES)),
        minimumIndexes(body));
  }

  /**
   * The list that an image carries. It says nothing about the image that it is in, and nothing at
   * all before its signatures are verified.
   *
   * @param image its sections already checked against their digests
   * @throws ProblemException with a {@link StatementError} or {@link org.m4fw.image.ImageError} if
   *     the section holds something else
   */
  public static Optional<SignedStatement> carriedBy(ImageFile image) {
    return image.manifest().sections().stream()
        .filter(section -> section.role().equals(SECTION_ROLE))
        .findFirst()
        .map(section -> read(image, section));
  }

  private static SignedStatement read(ImageFile image, Section section) {
    String source = "%s: %s".formatted(image.path(), section.id());
    if (section.length() > SignedStatement.MAX_BYTES) {
      throw StatementError.TOO_LARGE.at(source, "", section.length(), SignedStatement.MAX_BYTES);
    }
    byte[] bytes = image.section(section.id()).bytes().toArray(ValueLayout.JAVA_BYTE);
    return SignedStatement.parse(source, bytes).require(StatementKind.REVOCATIONS);
  }

  private static List<String> keys(Fields body) {
    List<String> texts = body.strings("keys");
    bounded(body, "keys", texts.size());
    List<String> keys = new ArrayList<>();
    for (String text : texts) {
      if (!text.matches("[0-9a-f]{64}")
          || (!keys.isEmpty() && keys.getLast().compareTo(text) >= 0)) {
        throw StatementError.BAD_KEY_ID.at(body.file(), "keys", text);
      }
      keys.add(text);
    }
    return keys;
  }

  private static SortedMap<String, Long> minimumIndexes(Fields body) {
    SortedMap<String, Long> indexes = new TreeMap<>();
    body.optionalObject("minimum_indexes")
        .ifPresent(
            object -> {
              bounded(body, "minimum_indexes", object.names().size());
              object
                  .names()
                  .forEach(domain -> indexes.put(domain, object.integer(domain, 0, MAX_INTEGER)));
            });
    return indexes;
  }

  private static void bounded(Fields body, String name, int size) {
    if (size > MAX_ENTRIES) {
      throw StatementError.TOO_MANY.at(body.file(), name, size, MAX_ENTRIES);
    }
  }
}
