package org.m4fw.adapter.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.m4fw.base.digest.Digest;

class InterfaceCheckTest {
  private static final Digest WEIGHTS = Digest.of(new byte[] {1});
  private static final Digest TOKENIZER = Digest.of(new byte[] {2});
  private static final SemanticVersion VERSION = new SemanticVersion(2, 1, 0);

  static final InterfaceRecord OFFERED =
      new InterfaceRecord(
          "m4.backbone",
          VERSION,
          List.of(point("layers.0.q"), point("layers.0.v")),
          new TreeSet<>(List.of("alpha/r")),
          Optional.of(TOKENIZER),
          WEIGHTS);

  private static InterfacePoint point(String name) {
    return new InterfacePoint(
        name, 64, 32, new TreeSet<>(List.of("lora")), 16, new TreeSet<>(List.of("f16", "f32")));
  }

  private static AdapterClaim.Base base(
      String id, String versions, Digest tokenizer, Digest weights) {
    return new AdapterClaim.Base(
        id, VersionRange.parse(versions).orElseThrow(), Optional.of(tokenizer), weights, List.of());
  }

  private static AdapterClaim claim(AdapterClaim.Base base) {
    return new AdapterClaim(
        "lora",
        "alpha/r",
        List.of(new AdapterClaim.Point("layers.0.q", 64, 32, 8, List.of("f32"))),
        Optional.of(base));
  }

  private static AdapterClaim claim(AdapterClaim.Point point) {
    return new AdapterClaim("lora", "alpha/r", List.of(point), Optional.empty());
  }

  private static void refused(Reason reason, AdapterClaim claim) {
    List<Finding> findings = InterfaceCheck.check(OFFERED, claim);
    assertEquals(List.of(reason), findings.stream().map(Finding::reason).toList());
    assertTrue(Finding.refusal(findings).isPresent());
  }

  @Test
  void adapterBoundToThisInterfaceFits() {
    AdapterClaim claim = claim(base("m4.backbone", ">=2.0.0 <3.0.0", TOKENIZER, WEIGHTS));
    assertEquals(List.of(), InterfaceCheck.check(OFFERED, claim));
  }

  @Test
  void adapterForOtherWeightsFitsButIsUntested() {
    AdapterClaim claim = claim(base("m4.backbone", ">=2.0.0 <3.0.0", TOKENIZER, TOKENIZER));
    List<Finding> findings = InterfaceCheck.check(OFFERED, claim);
    assertEquals(List.of(Reason.WEIGHTS), findings.stream().map(Finding::reason).toList());
    assertEquals(Optional.empty(), Finding.refusal(findings));
  }

  @Test
  void adapterForAnotherInterfaceIsRefused() {
    refused(Reason.INTERFACE_ID, claim(base("m4.vision", ">=2.0.0 <3.0.0", TOKENIZER, WEIGHTS)));
  }

  @Test
  void adapterForANewerVersionIsRefused() {
    refused(
        Reason.INTERFACE_VERSION, claim(base("m4.backbone", ">=2.2.0 <3.0.0", TOKENIZER, WEIGHTS)));
  }

  @Test
  void adapterForAnOlderMajorVersionIsRefused() {
    refused(
        Reason.INTERFACE_VERSION, claim(base("m4.backbone", ">=1.0.0 <2.0.0", TOKENIZER, WEIGHTS)));
  }

  @Test
  void adapterForAnotherTokenizerIsRefused() {
    refused(Reason.TOKENIZER, claim(base("m4.backbone", ">=2.0.0 <3.0.0", WEIGHTS, WEIGHTS)));
  }

  @Test
  void otherScalingIsRefused() {
    refused(
        Reason.SCALING,
        new AdapterClaim(
            "lora",
            "alpha/sqrt(r)",
            List.of(new AdapterClaim.Point("layers.0.q", 64, 32, 8, List.of("f32"))),
            Optional.empty()));
  }

  @Test
  void otherKindIsRefused() {
    refused(
        Reason.KIND,
        new AdapterClaim(
            "dora",
            "alpha/r",
            List.of(new AdapterClaim.Point("layers.0.q", 64, 32, 8, List.of("f32"))),
            Optional.empty()));
  }

  @Test
  void unknownPointIsRefusedWithNearNames() {
    AdapterClaim claim = claim(new AdapterClaim.Point("layers.0.k", 64, 32, 8, List.of("f32")));
    refused(Reason.POINT_UNKNOWN, claim);
    String text = InterfaceCheck.check(OFFERED, claim).getFirst().text();
    assertTrue(text.contains("layers.0.q"), text);
  }

  @Test
  void otherWidthIsRefused() {
    refused(
        Reason.POINT_WIDTH, claim(new AdapterClaim.Point("layers.0.q", 64, 64, 8, List.of("f32"))));
  }

  @Test
  void tableThatIsALayerIsRefused() {
    refused(
        Reason.POINT_TABLE,
        claim(new AdapterClaim.Point("layers.0.q", 64, 32, 8, List.of("f32"), true, List.of())));
  }

  @Test
  void kernelAtALayerIsRefused() {
    refused(
        Reason.POINT_KERNEL,
        claim(
            new AdapterClaim.Point(
                "layers.0.q", 64, 32, 8, List.of("f32"), false, List.of(2L, 2L))));
  }

  @Test
  void layerThatIsATableIsRefused() {
    InterfaceRecord tables =
        new InterfaceRecord(
            OFFERED.id(),
            OFFERED.version(),
            List.of(
                new InterfacePoint(
                    "embed_tokens",
                    300,
                    64,
                    new TreeSet<>(List.of("lora")),
                    16,
                    new TreeSet<>(List.of("f32")),
                    true,
                    List.of())),
            OFFERED.scalings(),
            OFFERED.tokenizer(),
            OFFERED.weights());
    AdapterClaim.Point layer =
        new AdapterClaim.Point("embed_tokens", 300, 64, 8, List.of("f32"), false, List.of());
    AdapterClaim.Point table =
        new AdapterClaim.Point("embed_tokens", 300, 64, 8, List.of("f32"), true, List.of());
    assertEquals(
        List.of(Reason.POINT_TABLE),
        InterfaceCheck.check(tables, claim(layer)).stream().map(Finding::reason).toList());
    assertEquals(List.of(), InterfaceCheck.check(tables, claim(table)));
  }

  /** Of what is alike the first are kept; of what decides none is lost. */
  @Test
  void findingsAreBoundedAndCounted() {
    List<AdapterClaim.Point> points =
        IntStream.range(0, 1000)
            .mapToObj(i -> new AdapterClaim.Point("other." + i, 64, 32, 8, List.of("f32")))
            .collect(Collectors.toCollection(ArrayList::new));
    points.add(new AdapterClaim.Point("layers.0.q", 64, 32, 17, List.of("f32")));
    List<Finding> findings =
        InterfaceCheck.check(
            OFFERED, new AdapterClaim("lora", "alpha/r", points, Optional.empty()));
    assertEquals(InterfaceCheck.MOST_ALIKE + 2, findings.size());
    assertEquals("other.0", findings.getFirst().item());
    assertEquals(Reason.RANK, findings.get(InterfaceCheck.MOST_ALIKE).reason());
    assertEquals(
        new Finding(Reason.POINT_UNKNOWN, "", "and 984 more like these"), findings.getLast());
  }

  @Test
  void rankAboveTheMaximumIsRefused() {
    refused(Reason.RANK, claim(new AdapterClaim.Point("layers.0.q", 64, 32, 17, List.of("f32"))));
  }

  @Test
  void otherElementTypeIsRefused() {
    refused(Reason.DTYPE, claim(new AdapterClaim.Point("layers.0.q", 64, 32, 8, List.of("f64"))));
  }

  @Test
  void everythingWrongIsFoundAtOnce() {
    AdapterClaim claim =
        claim(new AdapterClaim.Point("layers.0.q", 63, 32, 17, List.of("f32", "f64")));
    assertEquals(3, InterfaceCheck.check(OFFERED, claim).size());
  }
}
