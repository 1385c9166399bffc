package org.m4fw.adapter.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

class InterfaceJsonTest {
  private static final String TEXT =
      new String(InterfaceJson.bytes(InterfaceCheckTest.OFFERED), StandardCharsets.UTF_8);

  private static InterfaceRecord parse(String text) {
    return InterfaceJson.parse("a.m4if.json", text.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(ErrorCode code, String from, String to) {
    assertTrue(TEXT.contains(from), TEXT);
    Problem problem =
        assertThrows(ProblemException.class, () -> parse(TEXT.replaceFirst(from, to))).problem();
    assertEquals(code, problem.code(), problem.text());
  }

  @Test
  void recordIsReadBackAsItWasWritten() {
    InterfaceRecord read = parse(TEXT);
    assertEquals(InterfaceCheckTest.OFFERED, read);
    assertArrayEquals(TEXT.getBytes(StandardCharsets.UTF_8), InterfaceJson.bytes(read));
  }

  @Test
  void formIsFixed() {
    assertTrue(
        TEXT.startsWith(
            "{\"id\":\"m4.backbone\",\"points\":[{\"dtypes\":[\"f16\",\"f32\"],\"in\":64,"
                + "\"kinds\":[\"lora\"],\"max_rank\":16,\"name\":\"layers.0.q\",\"out\":32},"),
        TEXT);
  }

  @Test
  void modelWithoutTokenizerHasNone() {
    String text = TEXT.replaceFirst("\"tokenizer\":\"[^\"]*\",", "");
    assertEquals(Optional.empty(), parse(text).tokenizer());
  }

  @Test
  void unknownFieldIsRejected() {
    refused(JsonError.UNKNOWN_FIELD, "\"id\"", "\"idea\"");
  }

  @Test
  void unknownSchemaIsRejected() {
    refused(ContractError.UNKNOWN_SCHEMA, "interface/1", "interface/2");
  }

  @Test
  void badIdIsRejected() {
    refused(ContractError.BAD_ID, "m4.backbone", "M4 Backbone");
  }

  @Test
  void badVersionIsRejected() {
    refused(ContractError.BAD_VERSION, "2.1.0", "2.01.0");
  }

  @Test
  void badDigestIsRejected() {
    refused(ContractError.BAD_DIGEST, "sha256:", "sha1:");
  }

  @Test
  void recordWithoutPointsIsRejected() {
    String text = TEXT.replaceFirst("\"points\":.*,\"scalings", "\"points\":[],\"scalings");
    Problem problem = assertThrows(ProblemException.class, () -> parse(text)).problem();
    assertEquals(ContractError.POINT_COUNT, problem.code());
  }

  @Test
  void pointGivenTwiceIsRejected() {
    refused(ContractError.DUPLICATE_POINT, "layers.0.v", "layers.0.q");
  }

  @Test
  void emptyListIsRejected() {
    refused(ContractError.EMPTY_LIST, "\"lora\"", "");
  }

  @Test
  void rankOfZeroIsRejected() {
    refused(JsonError.OUT_OF_RANGE, "\"max_rank\":16", "\"max_rank\":0");
  }

  @Test
  void tableIsReadBackAsOne() {
    String text = TEXT.replaceFirst("\"out\":32}", "\"out\":32,\"table\":true}");
    InterfaceRecord read = parse(text);
    assertTrue(read.points().getFirst().table());
    assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), InterfaceJson.bytes(read));
  }

  @Test
  void versionsAreOrderedByNumber() {
    assertTrue(new SemanticVersion(1, 10, 0).compareTo(new SemanticVersion(1, 9, 9)) > 0);
    assertEquals("1.10.0", new SemanticVersion(1, 10, 0).toString());
    assertEquals(Optional.empty(), SemanticVersion.parse("1.0"));
    assertEquals(Optional.empty(), SemanticVersion.parse("1.0.9999999999"));
  }

  @Test
  void rangeEndsBeforeTheNextVersionThatMayBreak() {
    assertEquals(
        ">=2.1.0 <3.0.0", VersionRange.compatibleWith(new SemanticVersion(2, 1, 0)).toString());
    assertEquals(
        ">=0.3.1 <0.4.0", VersionRange.compatibleWith(new SemanticVersion(0, 3, 1)).toString());
    assertEquals(
        Optional.of(VersionRange.compatibleWith(new SemanticVersion(2, 1, 0))),
        VersionRange.parse(">=2.1.0 <3.0.0"));
    assertEquals(Optional.empty(), VersionRange.parse(">=2.1.0"));
  }

  /** A new major version breaks adapters by definition, before 1.0.0 a minor one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        ">=1.0.0 <9.0.0",
        ">=1.9.0 <2.0.1",
        ">=0.3.0 <0.5.0",
        ">=0.3.0 <1.0.0",
        ">=2.0.0 <2.0.0",
        ">=2.0.0 <1.0.0"
      })
  void rangeThatReachesBeyondWhatCanBeKnownIsNone(String range) {
    assertEquals(Optional.empty(), VersionRange.parse(range));
  }

  @Test
  void narrowerRangeIsOne() {
    assertEquals(">=2.1.0 <2.2.0", VersionRange.parse(">=2.1.0 <2.2.0").orElseThrow().toString());
  }
}
