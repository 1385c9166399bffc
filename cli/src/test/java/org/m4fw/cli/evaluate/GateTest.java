package org.m4fw.cli.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

final class GateTest {
  private static final Score ACCURACY =
      new Score("accuracy", false, 0.9, 100, OptionalDouble.of(0.93));
  private static final Score ERRORS = new Score("wer", true, 0.25, 100, OptionalDouble.of(0.2));

  private static Gate min(double value) {
    return new Gate(Optional.of(value), Optional.empty(), Optional.empty());
  }

  private static Gate max(double value) {
    return new Gate(Optional.empty(), Optional.of(value), Optional.empty());
  }

  private static Gate drop(double value) {
    return new Gate(Optional.empty(), Optional.empty(), Optional.of(value));
  }

  private static void assertRefused(ErrorCode code, Executable check) {
    ProblemException e = assertThrows(ProblemException.class, check);
    assertEquals(code, e.problem().code(), e::getMessage);
  }

  @Test
  void scoresAtTheBoundPass() {
    min(0.9).check("m", ACCURACY);
    max(0.25).check("m", ERRORS);
    drop(0.04).check("m", ACCURACY);
    drop(0.06).check("m", ERRORS);
  }

  @Test
  void scoreBelowTheLeastIsRefused() {
    assertRefused(EvaluationError.BELOW, () -> min(0.91).check("m", ACCURACY));
  }

  @Test
  void errorAboveTheLargestIsRefused() {
    assertRefused(EvaluationError.ABOVE, () -> max(0.24).check("m", ERRORS));
  }

  @Test
  void dropIsMeasuredInTheDirectionOfTheMetric() {
    assertRefused(EvaluationError.DROPPED, () -> drop(0.02).check("m", ACCURACY));
    assertRefused(EvaluationError.DROPPED, () -> drop(0.04).check("m", ERRORS));
  }

  @Test
  void whatIsNoNumberNeverPasses() {
    Score broken = new Score("accuracy", false, Double.NaN, 1, OptionalDouble.of(1));
    assertRefused(EvaluationError.BELOW, () -> min(0).check("m", broken));
    assertRefused(EvaluationError.DROPPED, () -> drop(1).check("m", broken));
  }

  @Test
  void boundOnTheWrongSideIsRefused() {
    assertRefused(EvaluationError.WRONG_SIDE, () -> min(1).requireFits("wer", true, true));
    assertRefused(EvaluationError.WRONG_SIDE, () -> max(1).requireFits("bleu", false, true));
  }

  @Test
  void dropWithoutAReferenceIsRefused() {
    assertRefused(
        EvaluationError.REFERENCE_MISSING, () -> drop(1).requireFits("bleu", false, false));
  }
}
