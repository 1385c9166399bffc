package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.cli.adapter.Shelf;
import org.m4fw.cli.adapter.VendorVerdicts;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.UnsignedImage;

/** Packages of a store that speak about each other. */
final class ShelfTest {
  private static final Path LICENCE = Tool.ROOT.resolve("examples/kjv/kjv-llama-licence-lora");

  @TempDir Path directory;

  private static InterfaceRecord offered(OpenAdapter adapter, int major) {
    return Interfaces.describe(
        "m4.backbone",
        new SemanticVersion(major, 0, 0),
        adapter.lora().pairs().stream().map(LoraPair::point).toList(),
        Optional.empty(),
        Digest.of(new byte[] {1}));
  }

  /** Nobody looks at signatures here, so any bytes will do for one. */
  private Path write(
      OpenAdapter adapter, String file, String id, int major, Optional<Digest> carriedFrom) {
    Path target = directory.resolve(file);
    PackageRequest request =
        new PackageRequest(
            id,
            "1.0.0",
            Optional.empty(),
            Optional.empty(),
            new TreeSet<>(List.of(DType.F32)),
            List.of(new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1)),
            true);
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
    try (UnsignedImage unsigned =
        writer.write(
            adapter.lora(),
            offered(adapter, major),
            request,
            carriedFrom.map(
                from ->
                    new PackageContent.Carried(from, "direct", Optional.empty(), Optional.empty())),
            target)) {
      unsigned.complete(
          Envelope.of(
              Kind.ADAPTER.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[64]))));
    }
    return target;
  }

  private List<Verdict.Outcome> outcomes(String idOfCarried) {
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty())) {
      Path old = write(adapter, "a.m4adapter", "org.example.licence", 1, Optional.empty());
      Digest id;
      try (AdapterPackage opened = AdapterPackage.open(old)) {
        id = opened.imageId();
      }
      write(adapter, "b.m4adapter", idOfCarried, 2, Optional.of(id));
      List<Verdict.Outcome> outcomes = new ArrayList<>();
      new Shelf(offered(adapter, 2), Optional.empty(), Optional.empty(), VendorVerdicts.NONE, false)
          .check(
              Shelf.packages(directory),
              Progress.silent(),
              entry -> outcomes.add(entry.verdict().orElseThrow().outcome()));
      return outcomes;
    }
  }

  @Test
  void packageThatWasCarriedOverStandsForTheOldOne() {
    assertEquals(
        List.of(Verdict.Outcome.CARRY, Verdict.Outcome.PROVISIONAL),
        outcomes("org.example.licence"));
  }

  /** Anybody can claim to have carried over what somebody else made. */
  @Test
  void packageOfAnotherNameDoesNotStandForIt() {
    assertEquals(
        List.of(Verdict.Outcome.REJECT, Verdict.Outcome.PROVISIONAL),
        outcomes("org.example.other"));
  }
}
