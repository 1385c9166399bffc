package org.m4fw.adapter.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;

/** What interfaces offer besides attachment points. */
class InterfaceSlotsTest {
  private static final SortedSet<String> F32 = new TreeSet<>(List.of("f32"));
  private static final InterfaceHead HEAD = new InterfaceHead("head.weight", List.of(3L, 2L), F32);
  private static final InterfaceProjection PROJECTION = new InterfaceProjection("proj", 4, 8);
  private static final InterfacePrompt VECTORS = InterfacePrompt.vectors("decoder", 15, 8);
  private static final InterfacePrompt CACHE =
      new InterfacePrompt("decoder", InterfacePrompt.Kind.CACHE, 15, 2, 4, 2);
  private static final InterfaceRecord.Slots ALL =
      new InterfaceRecord.Slots(
          List.of(HEAD),
          List.of(PROJECTION),
          List.of(VECTORS, CACHE, InterfacePrompt.text("text", 77)));

  private static InterfaceRecord record(InterfaceRecord.Slots slots) {
    Digest digest = Digest.of(new byte[] {1});
    return new InterfaceRecord(
        "m4.test",
        new SemanticVersion(1, 0, 0),
        List.of(),
        slots,
        new TreeSet<>(List.of("alpha/r")),
        Optional.empty(),
        Optional.of(digest),
        digest);
  }

  private static InterfaceRecord.Slots slots(
      List<InterfaceHead> heads,
      List<InterfaceProjection> projections,
      List<InterfacePrompt> prompts) {
    return new InterfaceRecord.Slots(heads, projections, prompts);
  }

  @Test
  void fileHoldsEverythingThatIsOffered() {
    InterfaceRecord record = record(ALL);
    assertEquals(record, InterfaceJson.parse("file", InterfaceJson.bytes(record)));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"shape\":[3,2]', '\"shape\":[3,2,1,1,1]', POINT_COUNT",
    "'\"kind\":\"cache\"', '\"kind\":\"dream\"', UNKNOWN_SCHEMA",
    "'\"module\":\"text\"', '\"module\":\"te xt\"', BAD_ID",
    "'\"name\":\"proj\"', '\"name\":\"\"', BAD_ID",
  })
  void fileWithABadSlotIsRefused(String part, String replacement, ContractError code) {
    String json =
        new String(InterfaceJson.bytes(record(ALL)), StandardCharsets.UTF_8)
            .replace(part, replacement);
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    ProblemException e =
        assertThrows(ProblemException.class, () -> InterfaceJson.parse("file", bytes));
    assertEquals(code, e.problem().code());
  }

  private static List<ChangeKind> changes(InterfaceRecord.Slots was, InterfaceRecord.Slots is) {
    return InterfaceDifference.between(record(was), record(is)).changes().stream()
        .map(InterfaceDifference.Change::kind)
        .toList();
  }

  @Test
  void slotsThatComeAskForAMinorAndSlotsThatGoForAMajorVersion() {
    InterfaceRecord.Slots none =
        slots(List.of(), List.of(), List.of(InterfacePrompt.text("text", 77)));
    assertEquals(
        List.of(
            ChangeKind.HEAD_ADDED,
            ChangeKind.PROJECTION_ADDED,
            ChangeKind.PROMPT_ADDED,
            ChangeKind.PROMPT_ADDED),
        changes(none, ALL));
    assertEquals(ChangeLevel.MINOR, InterfaceDifference.between(record(none), record(ALL)).level());
    assertEquals(
        List.of(
            ChangeKind.HEAD_REMOVED,
            ChangeKind.PROJECTION_REMOVED,
            ChangeKind.PROMPT_REMOVED,
            ChangeKind.PROMPT_REMOVED),
        changes(ALL, none));
    assertEquals(ChangeLevel.MAJOR, InterfaceDifference.between(record(ALL), record(none)).level());
  }

  @Test
  void slotsOfOtherSizesBreakAdapters() {
    InterfaceRecord.Slots other =
        slots(
            List.of(new InterfaceHead("head.weight", List.of(3L, 4L), F32)),
            List.of(new InterfaceProjection("proj", 4, 16)),
            List.of(
                InterfacePrompt.vectors("decoder", 15, 16),
                new InterfacePrompt("decoder", InterfacePrompt.Kind.CACHE, 14, 2, 4, 2),
                InterfacePrompt.text("text", 80)));
    assertEquals(
        List.of(
            ChangeKind.HEAD_SHAPE,
            ChangeKind.PROJECTION_WIDTH,
            ChangeKind.PROMPT_SHORTENED,
            ChangeKind.PROMPT_WIDTH,
            ChangeKind.PROMPT_LENGTHENED),
        changes(ALL, other));
  }

  @Test
  void otherPreprocessingBreaksAdapters() {
    InterfaceRecord was = record(ALL);
    InterfaceRecord is =
        new InterfaceRecord(
            was.id(),
            was.version(),
            was.points(),
            was.slots(),
            was.scalings(),
            was.tokenizer(),
            Optional.of(Digest.of(new byte[] {2})),
            was.weights());
    assertEquals(
        ChangeKind.PREPROCESSING, InterfaceDifference.between(was, is).changes().getFirst().kind());
  }

  private static void refused(Reason reason, AdapterClaim claim) {
    List<Finding> findings = InterfaceCheck.check(record(ALL), claim);
    assertEquals(List.of(reason), findings.stream().map(Finding::reason).toList());
  }

  private static AdapterClaim head(String name, List<Long> shape, String dtype) {
    return new AdapterClaim(
        "lora",
        "",
        List.of(),
        List.of(new AdapterClaim.Head(name, shape, dtype)),
        Optional.empty(),
        Optional.empty());
  }

  private static AdapterClaim prompt(InterfacePrompt.Kind kind, long tokens, long numbers) {
    return new AdapterClaim(
        "prompt-tuning",
        "",
        List.of(),
        List.of(),
        Optional.of(new AdapterClaim.Prompt(kind, tokens, numbers)),
        Optional.empty());
  }

  @Test
  void headThatMayNotBeReplacedIsRefused() {
    refused(Reason.HEAD_UNKNOWN, head("other.weight", List.of(3L, 2L), "f32"));
  }

  @Test
  void headOfAnotherShapeIsRefused() {
    refused(Reason.HEAD_SHAPE, head("head.weight", List.of(2L, 3L), "f32"));
  }

  @Test
  void headOfAnotherTypeIsRefused() {
    refused(Reason.DTYPE, head("head.weight", List.of(3L, 2L), "f64"));
  }

  @Test
  void vectorsOfAnotherWidthAreRefused() {
    refused(Reason.PROMPT_SLOT, prompt(InterfacePrompt.Kind.VECTORS, 4, 9));
  }

  @Test
  void moreVirtualTokensThanThereIsRoomForAreRefused() {
    refused(Reason.PROMPT_LENGTH, prompt(InterfacePrompt.Kind.CACHE, 16, 2 * 2 * 4 * 2));
  }

  @Test
  void whatFitsItsSlotIsTaken() {
    assertEquals(
        List.of(), InterfaceCheck.check(record(ALL), prompt(InterfacePrompt.Kind.VECTORS, 15, 8)));
    assertEquals(
        List.of(), InterfaceCheck.check(record(ALL), head("head.weight", List.of(3L, 2L), "f32")));
  }
}
