package org.m4fw.adapter.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;

/** What vendors and evaluations say, as JSON and back. */
final class StatementBodyTest {
  private static final Digest ONE = Digest.of(new byte[] {1});
  private static final Digest TWO = Digest.of(new byte[] {2});
  private static final VersionRange VERSIONS = VersionRange.parse(">=1.0.0 <2.0.0").orElseThrow();

  private static Fields fields(String json) {
    return Fields.of("body", StrictJson.parse("body", json.getBytes(StandardCharsets.UTF_8)));
  }

  private static VendorVerdict verdict(Digest... builds) {
    return new VendorVerdict(
        "m4.backbone", VERSIONS, List.of(builds), Verdict.Outcome.ACCEPT, Optional.of(0.0123));
  }

  @Test
  void verdictReadsBack() {
    VendorVerdict verdict = verdict(TWO, ONE);
    assertEquals(verdict, VendorVerdict.read(fields(verdict.body().toString())));
    assertEquals(List.copyOf(new TreeSet<>(List.of(ONE, TWO))), verdict.builds());
  }

  @Test
  void verdictIsAboutItsImagesAndVersionsOnly() {
    VendorVerdict verdict = verdict(ONE);
    assertTrue(verdict.isAbout(offered("m4.backbone", 1), ONE));
    assertFalse(verdict.isAbout(offered("m4.backbone", 1), TWO));
    assertFalse(verdict.isAbout(offered("m4.backbone", 2), ONE));
    assertFalse(verdict.isAbout(offered("m4.other", 1), ONE));
  }

  private static InterfaceRecord offered(String id, int major) {
    return new InterfaceRecord(
        id,
        new SemanticVersion(major, 0, 0),
        List.of(
            new InterfacePoint(
                "q", 8, 8, new TreeSet<>(List.of("lora")), 4, new TreeSet<>(List.of("f32")))),
        new TreeSet<>(List.of("alpha/r")),
        Optional.empty(),
        ONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"verdict\": \"maybe\"",
        "\"verdict\": \"carry\"",
        "\"versions\": \"1.0.0\"",
        "\"builds\": []",
        "\"builds\": [\"sha256:00\"]",
        "\"answers\": {\"kl\": \"1e3\"}"
      })
  void verdictThatIsNotOneIsRefused(String wrong) {
    String good =
        """
        {"builds": ["%s"], "interface": "m4.backbone", "verdict": "accept", "versions": "%s", "answers": {"kl": "1"}}"""
            .formatted(ONE, VERSIONS);
    VendorVerdict.read(fields(good));
    String name = wrong.substring(0, wrong.indexOf(':'));
    String bad =
        good.replaceFirst(name + ": (\\[[^]]*]|\\{[^}]*}|\"[^\"]*\")", wrong.replace("$", "\\$"));
    ProblemException e =
        assertThrows(ProblemException.class, () -> VendorVerdict.read(fields(bad)));
    assertEquals(ContractError.BAD_STATEMENT, e.problem().code());
  }

  @Test
  void evaluationReadsBack() {
    EvaluationResult result =
        new EvaluationResult(
            "recall@5", false, 0.1 + 0.2, 17, ONE, Optional.of(1.0), Optional.of(TWO));
    assertEquals(result, EvaluationResult.read(fields(result.body().toString())));
    EvaluationResult least =
        new EvaluationResult("wer", true, 1e-7, 1, ONE, Optional.empty(), Optional.empty());
    assertEquals(least, EvaluationResult.read(fields(least.body().toString())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"score\": \"NaN\"", "\"metric\": \"A B\"", "\"data\": \"sha256:0\""})
  void evaluationThatIsNotOneIsRefused(String wrong) {
    String good =
        """
        {"cases": 1, "data": "%s", "metric": "wer", "score": "0.5"}"""
            .formatted(ONE);
    EvaluationResult.read(fields(good));
    String name = wrong.substring(0, wrong.indexOf(':'));
    String bad = good.replaceFirst(name + ": \"[^\"]*\"", wrong);
    ProblemException e =
        assertThrows(ProblemException.class, () -> EvaluationResult.read(fields(bad)));
    assertEquals(ContractError.BAD_STATEMENT, e.problem().code());
  }
}
