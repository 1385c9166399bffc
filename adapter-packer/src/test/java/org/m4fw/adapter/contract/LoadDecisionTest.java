package org.m4fw.adapter.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.m4fw.adapter.contract.Evidence.KnownAnswers;
import org.m4fw.base.digest.Digest;

/** Every row of the decision table. */
class LoadDecisionTest {
  private static final Digest WEIGHTS = Digest.of(new byte[] {1});
  private static final Digest TOKENIZER = Digest.of(new byte[] {2});
  private static final Digest OTHER = Digest.of(new byte[] {3});
  private static final Digest BUILD = Digest.of(new byte[] {4});
  private static final Digest OTHER_BUILD = Digest.of(new byte[] {5});

  private static final InterfaceRecord OFFERED =
      new InterfaceRecord(
          "m4.backbone",
          new SemanticVersion(2, 1, 0),
          List.of(
              new InterfacePoint(
                  "layers.0.q",
                  64,
                  32,
                  new TreeSet<>(List.of("lora")),
                  16,
                  new TreeSet<>(List.of("f32")))),
          new TreeSet<>(List.of("alpha/r")),
          Optional.of(TOKENIZER),
          WEIGHTS);

  private static AdapterClaim claim(
      String id, String versions, Digest weights, int rank, Digest... builds) {
    return new AdapterClaim(
        "lora",
        "alpha/r",
        List.of(new AdapterClaim.Point("layers.0.q", 64, 32, rank, List.of("f32"))),
        Optional.of(
            new AdapterClaim.Base(
                id,
                VersionRange.parse(versions).orElseThrow(),
                Optional.of(TOKENIZER),
                weights,
                List.of(builds))));
  }

  private static AdapterClaim fitting(Digest weights, Digest... builds) {
    return claim("m4.backbone", ">=2.0.0 <3.0.0", weights, 8, builds);
  }

  private static final AdapterClaim OLDER =
      claim("m4.backbone", ">=1.0.0 <2.0.0", WEIGHTS, 8, BUILD);

  private static final AdapterClaim DIRECTORY =
      new AdapterClaim("lora", "alpha/r", fitting(WEIGHTS).points(), Optional.empty());

  private static Evidence trusted(KnownAnswers answers) {
    return Evidence.of(Optional.of(BUILD)).withKnownAnswers(answers);
  }

  private static Evidence carried(KnownAnswers answers) {
    return trusted(answers).withCarried(true);
  }

  private static Evidence untrusted(KnownAnswers answers) {
    return carried(answers)
        .withUntrusted(Optional.of(new Finding(Reason.SIGNATURE, "", "by a key of nobody")));
  }

  private static Evidence revoked() {
    return trusted(KnownAnswers.HOLD)
        .withUntrusted(Optional.of(new Finding(Reason.REVOKED, "", "its key is revoked")));
  }

  private static Evidence carriedKeeping(double share) {
    return trusted(KnownAnswers.HOLD)
        .withScores(Optional.of(new CarriedScores(9, 4, 8, 8 - 5 * share, 0.8)));
  }

  private static Evidence said(Verdict.Outcome outcome, String versions, Digest build) {
    return trusted(KnownAnswers.NOT_RUN)
        .withVendor(
            Optional.of(
                new VendorVerdict(
                    "m4.backbone",
                    VersionRange.parse(versions).orElseThrow(),
                    List.of(build),
                    outcome,
                    Optional.empty())));
  }

  private static Evidence said(Verdict.Outcome outcome) {
    return said(outcome, ">=2.0.0 <3.0.0", BUILD);
  }

  static Stream<Arguments> table() {
    AdapterClaim bound = fitting(WEIGHTS, BUILD);
    AdapterClaim elsewhere = fitting(WEIGHTS, OTHER_BUILD);
    AdapterClaim drifted = fitting(OTHER, OTHER_BUILD);
    return Stream.of(
        Arguments.of("reject signature", bound, untrusted(KnownAnswers.HOLD)),
        Arguments.of(
            "reject interface-id",
            claim("m4.img", ">=2.0.0 <3.0.0", WEIGHTS, 8, BUILD),
            carried(KnownAnswers.HOLD)),
        Arguments.of("reject interface-version", OLDER, trusted(KnownAnswers.HOLD)),
        Arguments.of("carry carried", OLDER, carried(KnownAnswers.NOT_RUN)),
        Arguments.of("reject signature", OLDER, untrusted(KnownAnswers.NOT_RUN)),
        Arguments.of(
            "reject rank",
            claim("m4.backbone", ">=2.0.0 <3.0.0", WEIGHTS, 17, BUILD),
            trusted(KnownAnswers.HOLD)),
        Arguments.of("reject known-answers-failed", bound, trusted(KnownAnswers.FAILED)),
        Arguments.of("reject known-answers-failed", drifted, trusted(KnownAnswers.FAILED)),
        Arguments.of("provisional unbound", fitting(WEIGHTS), trusted(KnownAnswers.NOT_RUN)),
        Arguments.of("provisional unbound", DIRECTORY, Evidence.NONE),
        Arguments.of("accept tested-build", bound, trusted(KnownAnswers.NOT_RUN)),
        Arguments.of("accept tested-build", fitting(OTHER, BUILD), trusted(KnownAnswers.NOT_RUN)),
        Arguments.of("accept same-weights", elsewhere, trusted(KnownAnswers.NOT_RUN)),
        Arguments.of("accept same-weights", elsewhere, trusted(KnownAnswers.HOLD)),
        Arguments.of("reject carried-too-weak", bound, carriedKeeping(0.79)),
        Arguments.of("accept tested-build", bound, carriedKeeping(0.81)),
        Arguments.of("reject revoked", bound, revoked()),
        Arguments.of("reject vendor-refused", bound, said(Verdict.Outcome.REJECT)),
        Arguments.of("reject vendor-refused", elsewhere, said(Verdict.Outcome.REJECT)),
        Arguments.of("reject interface-version", OLDER, said(Verdict.Outcome.ACCEPT)),
        Arguments.of("provisional unbound", fitting(WEIGHTS), said(Verdict.Outcome.ACCEPT)),
        Arguments.of("accept tested-build", bound, said(Verdict.Outcome.PROVISIONAL)),
        Arguments.of("accept same-weights", elsewhere, said(Verdict.Outcome.PROVISIONAL)),
        Arguments.of("accept vendor-accepted", drifted, said(Verdict.Outcome.ACCEPT)),
        Arguments.of("provisional vendor-provisional", drifted, said(Verdict.Outcome.PROVISIONAL)),
        Arguments.of(
            "reject known-answers-failed",
            drifted,
            said(Verdict.Outcome.ACCEPT).withKnownAnswers(KnownAnswers.FAILED)),
        Arguments.of(
            "provisional weights",
            drifted,
            said(Verdict.Outcome.ACCEPT, ">=2.0.0 <3.0.0", OTHER_BUILD)),
        Arguments.of(
            "provisional weights", drifted, said(Verdict.Outcome.ACCEPT, ">=1.0.0 <2.0.0", BUILD)),
        Arguments.of("provisional weights", drifted, trusted(KnownAnswers.NOT_RUN)),
        Arguments.of("provisional weights", drifted, trusted(KnownAnswers.HOLD)));
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("table")
  void everyRowDecides(String expected, AdapterClaim claim, Evidence evidence) {
    Verdict verdict = LoadDecision.decide(OFFERED, claim, evidence);
    assertEquals(
        expected, verdict.outcome().id() + " " + verdict.findings().getFirst().reason().code());
  }

  @Test
  void interfaceWithoutAnImageAcceptsWhatWasBoundToItsWeights() {
    Verdict verdict = LoadDecision.decide(OFFERED, fitting(WEIGHTS, BUILD), Evidence.NONE);
    assertEquals(Verdict.Outcome.ACCEPT, verdict.outcome());
    assertEquals(
        List.of(Reason.SAME_WEIGHTS, Reason.NOT_RUN),
        verdict.findings().stream().map(Finding::reason).toList());
  }

  @Test
  void everyReasonCanBeExplainedByItsCode() {
    for (Reason reason : Reason.values()) {
      assertEquals(Optional.of(reason), Reason.of(reason.code()));
      assertEquals('.', reason.explanation().charAt(reason.explanation().length() - 1));
    }
  }
}
