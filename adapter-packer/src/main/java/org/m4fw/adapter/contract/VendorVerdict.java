package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import tools.jackson.databind.JsonNode;

/**
 * What a vendor says about an adapter on images of his, as the body of a signed statement whose
 * subject is the package:
 *
 * <pre>
 * {"answers": {"kl": "0.012"},        known answers, the worst target: left out where there are none
 *  "builds": ["sha256:…", …],         the images, ascending, each once
 *  "interface": "m4.backbone",
 *  "verdict": "accept"|"provisional"|"reject",
 *  "versions": ">=1.0.0 &lt;2.0.0"}
 * </pre>
 *
 * @param builds at least one
 * @param answers how far the known answers are off: mean KL divergence in nats
 */
public record VendorVerdict(
    String interfaceId,
    VersionRange versions,
    List<Digest> builds,
    Verdict.Outcome outcome,
    Optional<Double> answers) {
  private static final int MAX_BUILDS = 1024;

  public VendorVerdict {
    builds = List.copyOf(new TreeSet<>(builds));
    if (builds.isEmpty() || builds.size() > MAX_BUILDS || outcome == Verdict.Outcome.CARRY) {
      throw new IllegalArgumentException(builds.size() + " builds, " + outcome);
    }
  }

  /** Whether it is about this image with this interface. */
  public boolean isAbout(InterfaceRecord offered, Digest build) {
    return interfaceId.equals(offered.id())
        && versions.contains(offered.version())
        && builds.contains(build);
  }

  /** The statement's body. */
  public JsonNode body() {
    SortedMap<String, Object> fields = new TreeMap<>();
    answers.ifPresent(kl -> fields.put("answers", new TreeMap<>(Decimals.field("kl", kl))));
    fields.put("builds", builds.stream().map(Digest::toString).toList());
    fields.put("interface", interfaceId);
    fields.put("verdict", outcome.id());
    fields.put("versions", versions.toString());
    return CanonicalJson.node(fields);
  }

  /**
   * Reads a body.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ContractError#BAD_STATEMENT} or an
   *     error of the JSON
   */
  public static VendorVerdict read(Fields body) {
    body.allowOnly("answers", "builds", "interface", "verdict", "versions");
    String verdict = body.string("verdict");
    String versions = body.string("versions");
    List<String> builds = body.strings("builds");
    if (builds.isEmpty()
        || builds.size() > MAX_BUILDS
        || !builds.stream().allMatch(text -> text.matches("sha256:[0-9a-f]{64}"))
        || !List.copyOf(new TreeSet<>(builds)).equals(builds)) {
      throw ContractError.BAD_STATEMENT.at(
          body.file(), "builds", builds.size() + " builds", "digests, each once, ascending");
    }
    return new VendorVerdict(
        body.string("interface"),
        VersionRange.parse(versions)
            .orElseThrow(
                () ->
                    ContractError.BAD_STATEMENT.at(
                        body.file(), "versions", versions, "such as >=1.0.0 <2.0.0")),
        builds.stream().map(Digest::parse).toList(),
        outcome(body, verdict),
        body.optionalObject("answers").map(fields -> Decimals.read(fields.allowOnly("kl"), "kl")));
  }

  private static Verdict.Outcome outcome(Fields body, String verdict) {
    return switch (verdict) {
      case "accept" -> Verdict.Outcome.ACCEPT;
      case "provisional" -> Verdict.Outcome.PROVISIONAL;
      case "reject" -> Verdict.Outcome.REJECT;
      default ->
          throw ContractError.BAD_STATEMENT.at(
              body.file(), "verdict", verdict, "accept, provisional or reject");
    };
  }
}
