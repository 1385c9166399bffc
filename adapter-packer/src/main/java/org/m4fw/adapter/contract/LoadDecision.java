package org.m4fw.adapter.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides whether an adapter is loaded on a base. The first rule that applies decides:
 *
 * <ol>
 *   <li>the signature is refused, or what it signs is revoked: REJECT;
 *   <li>another interface: REJECT;
 *   <li>a version of the interface that the adapter was not made for: CARRY if a carried package is
 *       at hand, else REJECT;
 *   <li>anything else of the interface that does not fit ({@link InterfaceCheck}): REJECT;
 *   <li>carried over, and below the floor that was declared for that: REJECT;
 *   <li>the known answers were run and failed: REJECT;
 *   <li>the vendor says no about this very image: REJECT;
 *   <li>never bound to an image: PROVISIONAL;
 *   <li>bound to this very image: ACCEPT;
 *   <li>the weights that it was bound to: ACCEPT;
 *   <li>other weights, and the vendor says something about this very image: as he says;
 *   <li>other weights: PROVISIONAL, whether the known answers hold or were not run.
 * </ol>
 *
 * No rule asks a clock, and none can be overruled by the adapter itself.
 */
public final class LoadDecision {
  private LoadDecision() {}

  /** The verdict with everything that was found. */
  public static Verdict decide(InterfaceRecord offered, AdapterClaim claim, Evidence evidence) {
    List<Finding> findings = new ArrayList<>();
    evidence.untrusted().ifPresent(findings::add);
    findings.addAll(InterfaceCheck.check(offered, claim));
    evidence.scores().flatMap(CarriedScores::tooWeak).ifPresent(findings::add);
    if (evidence.knownAnswers() == Evidence.KnownAnswers.FAILED) {
      findings.add(
          new Finding(Reason.KNOWN_ANSWERS_FAILED, "", "gives other answers than it should"));
    }
    evidence.said(offered).ifPresent(outcome -> findings.add(said(outcome)));
    Optional<Finding> refusal = Finding.refusal(findings);
    if (refusal.isPresent()) {
      return refusal.get().reason() == Reason.INTERFACE_VERSION && evidence.carried()
          ? new Verdict(Verdict.Outcome.CARRY, first(carried(), findings))
          : new Verdict(Verdict.Outcome.REJECT, first(refusal.get(), findings));
    }
    return loadable(offered, claim, evidence, findings);
  }

  private static Verdict loadable(
      InterfaceRecord offered, AdapterClaim claim, Evidence evidence, List<Finding> findings) {
    boolean bound = claim.base().isPresent() && !claim.base().get().builds().isEmpty();
    boolean sameBuild =
        bound && evidence.build().filter(claim.base().get().builds()::contains).isPresent();
    boolean sameWeights = bound && claim.base().get().weights().equals(offered.weights());
    if (evidence.knownAnswers() == Evidence.KnownAnswers.HOLD) {
      findings.add(new Finding(Reason.KNOWN_ANSWERS_HOLD, "", "gives the answers that it should"));
    } else if (bound && !sameBuild) {
      findings.add(new Finding(Reason.NOT_RUN, "", "its known answers were not run here"));
    }
    if (!bound) {
      return new Verdict(
          Verdict.Outcome.PROVISIONAL,
          first(new Finding(Reason.UNBOUND, "", "was never run on an image"), findings));
    }
    if (sameBuild) {
      return new Verdict(
          Verdict.Outcome.ACCEPT,
          first(new Finding(Reason.TESTED_BUILD, "", "was bound to this very image"), findings));
    }
    if (sameWeights) {
      return new Verdict(
          Verdict.Outcome.ACCEPT,
          first(new Finding(Reason.SAME_WEIGHTS, "", "was bound to these weights"), findings));
    }
    return evidence
        .said(offered)
        .map(outcome -> new Verdict(outcome, first(said(outcome), findings)))
        .orElseGet(() -> new Verdict(Verdict.Outcome.PROVISIONAL, findings));
  }

  private static Finding said(Verdict.Outcome outcome) {
    return switch (outcome) {
      case ACCEPT -> new Finding(Reason.VENDOR_ACCEPTED, "", "the vendor says that it works");
      case PROVISIONAL -> new Finding(Reason.VENDOR_PROVISIONAL, "", "the vendor lets it load");
      case CARRY, REJECT -> new Finding(Reason.VENDOR_REFUSED, "", "the vendor says no");
    };
  }

  private static Finding carried() {
    return new Finding(Reason.CARRIED, "", "a package that was carried over from it fits");
  }

  /** The findings with one of them, or a new one, in front. */
  private static List<Finding> first(Finding decisive, List<Finding> findings) {
    List<Finding> ordered = new ArrayList<>(findings);
    ordered.remove(decisive);
    ordered.addFirst(decisive);
    return ordered;
  }
}
