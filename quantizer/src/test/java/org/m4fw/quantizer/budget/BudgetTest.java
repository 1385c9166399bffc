package org.m4fw.quantizer.budget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ProblemException;

class BudgetTest {

  @ParameterizedTest
  @CsvSource({
    "3600000000, 3600000000",
    "3.6GB, 3600000000",
    "3.6 gb, 3600000000",
    "900MB, 900000000",
    "10kB, 10000",
    "5B, 5",
    "1KiB, 1024",
    "2MiB, 2097152",
    "0.5GiB, 536870912",
    "9999999999999999GB, 9223372036854775807",
  })
  void sizesAreReadInAllUnits(String text, long bytes) {
    assertEquals(new Budget.Bytes(bytes), Budget.bytes("", "--budget", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GB", "-1GB", "1TBB", "1.2.3GB", "99999999999999999999", "1e9"})
  void whatIsNoSizeIsRefused(String text) {
    ProblemException refused =
        assertThrows(ProblemException.class, () -> Budget.bytes("", "--budget", text));
    assertEquals(BudgetError.NOT_A_SIZE, refused.problem().code());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -4, 33, Double.NaN, Double.POSITIVE_INFINITY})
  void bitsOutOfRangeAreRefused(double bits) {
    ProblemException refused =
        assertThrows(ProblemException.class, () -> Budget.bits("", "--bits", bits));
    assertEquals(BudgetError.NOT_BITS, refused.problem().code());
  }

  @Test
  void bitsAreSaidInWords() {
    assertEquals(
        "4.25 bits per weight of linear layers", Budget.bits("", "--bits", 4.25).describe());
  }
}
