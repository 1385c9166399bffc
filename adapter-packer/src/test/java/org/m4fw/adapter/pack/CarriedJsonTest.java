package org.m4fw.adapter.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.adapter.answer.CarriedAnswers;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.contract.ContractError;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

/** What a manifest says of an adapter that was carried over, as JSON and back. */
final class CarriedJsonTest {
  private static final CarriedAnswers ANSWERS =
      new CarriedAnswers(
          8,
          new CarriedAnswers.Score(0.000021, 8),
          Optional.of(new CarriedAnswers.Score(0.75, 6)),
          new CarriedAnswers.Score(0.5, 7));
  private static final PackageContent.Carried CARRIED =
      new PackageContent.Carried(
          Digest.of(new byte[] {7}),
          "compensated",
          Optional.of(new CarriedScores(8.972, 4.257, 8.963, 4.437, 0.8)),
          Optional.of(ANSWERS));

  private static String json(PackageContent.Carried carried) {
    return CanonicalJson.node(CarriedJson.fields(carried)).toString();
  }

  private static PackageContent.Carried read(String json) {
    return CarriedJson.read(
        Fields.of("carried", StrictJson.parse("carried", json.getBytes(StandardCharsets.UTF_8))));
  }

  private static void refused(ErrorCode code, String from, String to) {
    String changed = json(CARRIED).replace(from, to);
    assertNotEquals(json(CARRIED), changed);
    assertEquals(
        code, assertThrows(ProblemException.class, () -> read(changed)).problem().code(), changed);
  }

  @Test
  void whatIsSaidReadsBack() {
    assertEquals(CARRIED, read(json(CARRIED)));
  }

  @Test
  void whatWasNotMeasuredIsLeftOut() {
    PackageContent.Carried bare =
        new PackageContent.Carried(CARRIED.from(), "projected", Optional.empty(), Optional.empty());
    assertEquals(
        "{\"from\":\"%s\",\"method\":\"projected\"}".formatted(CARRIED.from()), json(bare));
    assertEquals(bare, read(json(bare)));
  }

  @Test
  void adapterThatDoesNotFitAsItWasHasNoSuchScore() {
    PackageContent.Carried wider =
        new PackageContent.Carried(
            CARRIED.from(),
            "projected",
            Optional.empty(),
            Optional.of(
                new CarriedAnswers(8, ANSWERS.before(), Optional.empty(), ANSWERS.after())));
    assertEquals(-1, json(wider).indexOf("unchanged"));
    assertEquals(wider, read(json(wider)));
  }

  @ParameterizedTest
  @CsvSource({"1e-300, 0", "0, 0", "Infinity, 1000000", "NaN, 1000000", "0.00002100049, 0.000021"})
  void anyDistanceCanBeSaid(double kl, double said) {
    CarriedAnswers.Score score = CarriedAnswers.Score.of(new KnownAnswer.Distance(kl, 3, 8));
    assertEquals(new CarriedAnswers.Score(said, 3), score);
    PackageContent.Carried carried =
        new PackageContent.Carried(
            CARRIED.from(),
            "direct",
            Optional.empty(),
            Optional.of(new CarriedAnswers(8, score, Optional.of(score), score)));
    assertEquals(carried, read(json(carried)));
  }

  /** A text that one of the models predicts without a doubt. */
  @Test
  void tinyScoreIsReadBack() {
    PackageContent.Carried sure =
        new PackageContent.Carried(
            CARRIED.from(),
            "direct",
            Optional.of(new CarriedScores(1, 1.2345678e-40, 1, 1.2345e-20, 0)),
            Optional.empty());
    CarriedScores found = read(json(sure)).scores().orElseThrow();
    assertEquals(0, found.beforeAdapted());
    assertEquals(1.2345e-20, found.afterAdapted());
  }

  /** Below any floor would be an adapter that does harm, above it one that nobody can make. */
  @ParameterizedTest
  @CsvSource({"-0.1", "10.1"})
  void floorThatIsNoneIsRefused(String floor) {
    refused(PackageError.BAD_FIELD, "\"0.8\"", "\"" + floor + "\"");
  }

  @Test
  void noCasesAreRefused() {
    refused(JsonError.OUT_OF_RANGE, "\"cases\":8", "\"cases\":0");
  }

  @Test
  void moreCasesThanPackagesHoldAreRefused() {
    refused(JsonError.OUT_OF_RANGE, "\"cases\":8", "\"cases\":65");
  }

  @Test
  void moreOfTheSameThanCasesAreRefused() {
    refused(JsonError.OUT_OF_RANGE, "\"same\":8", "\"same\":9");
  }

  @ParameterizedTest
  @CsvSource({"-0.5", "1000001"})
  void distanceThatIsNoneIsRefused(String kl) {
    refused(PackageError.BAD_FIELD, "\"0.5\"", "\"" + kl + "\"");
  }

  @Test
  void distanceThatIsNoDecimalIsRefused() {
    refused(ContractError.BAD_STATEMENT, "\"0.5\"", "\"5e-1\"");
  }

  @Test
  void missingScoreIsRefused() {
    refused(JsonError.MISSING_FIELD, "\"before\":{\"kl\":\"0.000021\",\"same\":8},", "");
  }

  @Test
  void unknownScoreIsRefused() {
    refused(JsonError.UNKNOWN_FIELD, "\"unchanged\"", "\"changed\"");
  }

  @Test
  void unknownFieldOfAScoreIsRefused() {
    refused(JsonError.UNKNOWN_FIELD, "\"same\":7", "\"same\":7,\"top1\":7");
  }
}
