package org.m4fw.signing.trust;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
import org.m4fw.image.RequiredSignature;

/**
 * What whoever verifies demands beyond the trust root, as a file. It only ever refuses more, but
 * for the two {@code allow_…}, which are those of {@link Policy}.
 *
 * <pre>
 * {"schema": "m4fw/verification-policy/1",
 *  "products": ["pixel7pro"],              any, if the list is empty or missing
 *  "kinds": ["image"],                     as above
 *  "targets": ["pixel7pro-cpu"],           the image must have something for each
 *  "minimum_rollback": {"m4": 3},          other domains are refused, if there is any
 *  "required": [{"role": "security", "class": "classical", "threshold": 1}],
 *  "minimum_root_version": 2,
 *  "minimum_revocations_version": 1,       a list of revocations must be given
 *  "certificate_anchors": "ca.pem",        certificates of a signer must lead there; beside this file
 *  "allow_development": false,
 *  "allow_unknown_signatures": false}
 * </pre>
 *
 * @param source the file, for messages
 * @param anchors a file with authorities' certificates, which whoever verifies holds those of the
 *     signers against
 */
public record VerificationPolicy(
    String source,
    SortedSet<String> products,
    SortedSet<Kind> kinds,
    SortedSet<String> targets,
    SortedMap<String, Long> minimumRollback,
    List<RequiredSignature> required,
    int minimumRootVersion,
    long minimumRevocationsVersion,
    Optional<Path> anchors,
    Policy allowed) {
  static final String SCHEMA = "m4fw/verification-policy/1";
  private static final long MAX_INTEGER = (1L << 53) - 1;

  /**
   * Reads a policy.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PolicyError}, or the error of the
   *     JSON or file
   */
  public static VerificationPolicy read(Path file) {
    Fields fields = StrictJson.readObject(file);
    fields.allowOnly(
        "schema",
        "products",
        "kinds",
        "targets",
        "minimum_rollback",
        "required",
        "minimum_root_version",
        "minimum_revocations_version",
        "certificate_anchors",
        "allow_development",
        "allow_unknown_signatures");
    String schema = fields.string("schema");
    if (!schema.equals(SCHEMA)) {
      throw PolicyError.WRONG_SCHEMA.at(file, "schema", schema, SCHEMA);
    }
    return new VerificationPolicy(
        file.toString(),
        new TreeSet<>(fields.strings("products")),
        kinds(fields),
        new TreeSet<>(fields.strings("targets")),
        minimumRollback(fields),
        required(fields),
        (int)
            fields.optionalInteger("minimum_root_version", 1, TrustRootFile.MAX_VERSION).orElse(1),
        fields.optionalInteger("minimum_revocations_version", 1, MAX_INTEGER).orElse(0),
        fields.optionalString("certificate_anchors").map(name -> beside(file, name)),
        new Policy(
            fields.bool("allow_development", false),
            fields.bool("allow_unknown_signatures", false)));
  }

  private static Path beside(Path policy, String name) {
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")) {
      throw PolicyError.NOT_A_NAME.at(policy, "certificate_anchors", name);
    }
    return policy.resolveSibling(name);
  }

  private static SortedSet<Kind> kinds(Fields fields) {
    SortedSet<Kind> kinds = new TreeSet<>();
    for (String text : fields.strings("kinds")) {
      kinds.add(
          List.of(Kind.values()).stream()
              .filter(kind -> kind.text().equals(text))
              .findFirst()
              .orElseThrow(() -> PolicyError.UNKNOWN_KIND.at(fields.file(), "kinds", text)));
    }
    return kinds;
  }

  private static SortedMap<String, Long> minimumRollback(Fields fields) {
    SortedMap<String, Long> minima = new TreeMap<>();
    fields
        .optionalObject("minimum_rollback")
        .ifPresent(
            object ->
                object
                    .names()
                    .forEach(domain -> minima.put(domain, object.integer(domain, 0, MAX_INTEGER))));
    return minima;
  }

  private static List<RequiredSignature> required(Fields fields) {
    List<RequiredSignature> required = new ArrayList<>();
    for (Fields entry : fields.objects("required")) {
      entry.allowOnly("role", "class", "threshold");
      String label = entry.string("class");
      AlgorithmClass algorithmClass =
          AlgorithmClass.ofText(label)
              .orElseThrow(
                  () ->
                      PolicyError.UNKNOWN_CLASS.at(fields.file(), entry.path() + ".class", label));
      required.add(
          new RequiredSignature(
              entry.string("role"),
              algorithmClass,
              (int) entry.integer("threshold", 1, TrustRootFile.MAX_THRESHOLD)));
    }
    return required;
  }

  /**
   * Whether a container, its signatures already checked, is one that the policy lets pass.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PolicyError}
   */
  void check(String file, Manifest manifest) {
    if (!kinds.isEmpty() && !kinds.contains(manifest.kind())) {
      throw PolicyError.KIND_NOT_ALLOWED.at(
          file,
          "kind",
          manifest.kind().text(),
          source,
          String.join(", ", kinds.stream().map(Kind::text).toList()));
    }
    if (!products.isEmpty() && !products.contains(manifest.product())) {
      throw PolicyError.PRODUCT_NOT_ALLOWED.at(
          file, "product", manifest.product(), source, String.join(", ", products));
    }
    checkTargets(file, manifest);
    checkRollback(file, manifest);
  }

  private void checkTargets(String file, Manifest manifest) {
    SortedSet<String> present = new TreeSet<>();
    manifest.sections().forEach(section -> present.addAll(section.targets()));
    for (String target : targets) {
      if (!present.contains(target)) {
        throw PolicyError.TARGET_MISSING.at(
            file, "targets", target, source, String.join(", ", present));
      }
    }
  }

  private void checkRollback(String file, Manifest manifest) {
    if (minimumRollback.isEmpty()) {
      return;
    }
    String domain = manifest.rollback().domain();
    long index = manifest.rollback().index();
    long minimum =
        Optional.ofNullable(minimumRollback.get(domain))
            .orElseThrow(
                () ->
                    PolicyError.DOMAIN_NOT_ALLOWED.at(
                        file,
                        "rollback",
                        domain,
                        source,
                        String.join(", ", minimumRollback.keySet())));
    if (index < minimum) {
      throw PolicyError.INDEX_TOO_LOW.at(file, "rollback", index, domain, source, minimum);
    }
  }

  /** Whether the root and the revocations are recent enough. */
  void check(TrustRoot root, Optional<Revocations> revocations) {
    if (root.version() < minimumRootVersion) {
      throw PolicyError.OLD_ROOT.at(root.source(), "version", root.version(), minimumRootVersion);
    }
    if (minimumRevocationsVersion > 0) {
      Revocations given =
          revocations.orElseThrow(
              () -> PolicyError.NO_REVOCATIONS.at(source, "", minimumRevocationsVersion));
      if (given.version() < minimumRevocationsVersion) {
        throw PolicyError.OLD_REVOCATIONS.at(
            given.source(), "version", given.version(), minimumRevocationsVersion);
      }
    }
  }
}
