package org.m4fw.adapter.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.m4fw.base.digest.Digest;

class InterfaceDifferenceTest {
  private static final Digest WEIGHTS = Digest.of(new byte[] {1});
  private static final Digest TOKENIZER = Digest.of(new byte[] {2});
  private static final Digest OTHER = Digest.of(new byte[] {3});
  private static final InterfacePoint POINT = point("layers.0.q", 64, 32, "lora", 16, "f16", "f32");
  private static final InterfaceRecord BEFORE = record("2.1.3", TOKENIZER, WEIGHTS, POINT);

  private static InterfacePoint point(
      String name, long in, long out, String kind, int rank, String... dtypes) {
    return new InterfacePoint(
        name,
        in,
        out,
        new TreeSet<>(List.of(kind.split(" "))),
        rank,
        new TreeSet<>(Arrays.asList(dtypes)));
  }

  private static InterfaceRecord record(
      String version, Digest tokenizer, Digest weights, InterfacePoint... points) {
    return new InterfaceRecord(
        "m4.backbone",
        SemanticVersion.parse(version).orElseThrow(),
        Arrays.asList(points),
        new TreeSet<>(List.of("alpha/r")),
        Optional.of(tokenizer),
        weights);
  }

  private static InterfaceRecord with(InterfacePoint... points) {
    return record("2.1.3", TOKENIZER, WEIGHTS, points);
  }

  static Stream<Arguments> everyChange() {
    return Stream.of(
        Arguments.of(
            "interface-id",
            "3.0.0",
            new InterfaceRecord(
                "m4.other",
                BEFORE.version(),
                BEFORE.points(),
                BEFORE.scalings(),
                BEFORE.tokenizer(),
                WEIGHTS)),
        Arguments.of("tokenizer", "3.0.0", record("2.1.3", OTHER, WEIGHTS, POINT)),
        Arguments.of("weights", "2.1.4", record("2.1.3", TOKENIZER, OTHER, POINT)),
        Arguments.of(
            "point-added",
            "2.2.0",
            with(POINT, point("layers.1.q", 64, 32, "lora", 16, "f16", "f32"))),
        Arguments.of(
            "point-width", "3.0.0", with(point("layers.0.q", 64, 48, "lora", 16, "f16", "f32"))),
        Arguments.of(
            "point-table",
            "3.0.0",
            with(
                new InterfacePoint(
                    "layers.0.q",
                    64,
                    32,
                    POINT.kinds(),
                    POINT.maxRank(),
                    POINT.dtypes(),
                    true,
                    List.of()))),
        Arguments.of(
            "point-kernel",
            "3.0.0",
            with(
                new InterfacePoint(
                    "layers.0.q",
                    64,
                    32,
                    POINT.kinds(),
                    POINT.maxRank(),
                    POINT.dtypes(),
                    false,
                    List.of(2L, 2L)))),
        Arguments.of(
            "kind-added",
            "2.2.0",
            with(point("layers.0.q", 64, 32, "dora lora", 16, "f16", "f32"))),
        Arguments.of(
            "rank-lowered", "3.0.0", with(point("layers.0.q", 64, 32, "lora", 8, "f16", "f32"))),
        Arguments.of(
            "rank-raised", "2.2.0", with(point("layers.0.q", 64, 32, "lora", 32, "f16", "f32"))),
        Arguments.of(
            "dtype-removed", "3.0.0", with(point("layers.0.q", 64, 32, "lora", 16, "f16"))),
        Arguments.of(
            "dtype-added",
            "2.2.0",
            with(point("layers.0.q", 64, 32, "lora", 16, "bf16", "f16", "f32"))));
  }

  @ParameterizedTest(name = "{0} asks for {1}")
  @MethodSource("everyChange")
  void eachChangeAsksForItsVersion(String code, String version, InterfaceRecord after) {
    InterfaceDifference difference = InterfaceDifference.between(BEFORE, after);
    assertEquals(List.of(code), difference.changes().stream().map(c -> c.kind().code()).toList());
    assertEquals(version, difference.requiredVersion().toString());
    assertFalse(difference.versionSuffices());
  }

  @Test
  void takingAwayIsMajorAndTheReverseOfAddingMinor() {
    InterfaceRecord more = with(POINT, point("layers.1.q", 8, 8, "dora lora", 16, "f16"));
    assertEquals(ChangeLevel.MINOR, InterfaceDifference.between(BEFORE, more).level());
    InterfaceDifference less = InterfaceDifference.between(more, BEFORE);
    assertEquals(ChangeKind.POINT_REMOVED, less.changes().getFirst().kind());
    assertEquals(ChangeLevel.MAJOR, less.level());
  }

  @Test
  void gravestChangeComesFirstAndDecides() {
    InterfaceRecord after =
        record("2.2.0", TOKENIZER, OTHER, point("layers.0.q", 64, 32, "dora", 32, "f16", "f32"));
    InterfaceDifference difference = InterfaceDifference.between(BEFORE, after);
    assertEquals(
        List.of("kind-removed", "rank-raised", "kind-added", "weights"),
        difference.changes().stream().map(change -> change.kind().code()).toList());
    assertEquals("3.0.0", difference.requiredVersion().toString());
  }

  @Test
  void sameInterfaceMayKeepItsVersion() {
    InterfaceDifference difference = InterfaceDifference.between(BEFORE, BEFORE);
    assertEquals(ChangeLevel.NONE, difference.level());
    assertTrue(difference.versionSuffices());
  }

  @Test
  void olderVersionDoesNotSuffice() {
    InterfaceRecord older = record("2.1.2", TOKENIZER, WEIGHTS, POINT);
    assertFalse(InterfaceDifference.between(BEFORE, older).versionSuffices());
  }

  @Test
  void beforeTheFirstReleaseMinorVersionsMayBreak() {
    InterfaceRecord before = record("0.4.2", TOKENIZER, WEIGHTS, POINT);
    InterfaceRecord after = record("0.5.0", OTHER, WEIGHTS, POINT);
    assertTrue(InterfaceDifference.between(before, after).versionSuffices());
  }
}
