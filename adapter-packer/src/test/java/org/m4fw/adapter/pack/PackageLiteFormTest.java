package org.m4fw.adapter.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lite.LiteSlot;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.UnsignedImage;

/** Forms for graphs of LiteRT in packages. */
class PackageLiteFormTest {
  private static final Path LICENCE =
      Path.of(System.getProperty("m4fw.root"), "examples/kjv/kjv-llama-licence-lora");
  private static final Digest DIGEST = Digest.of(new byte[] {1});

  @TempDir Path directory;

  private final PackageWriter writer =
      new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));

  private static PackageRequest request() {
    return new PackageRequest(
        "org.example.licence",
        "1.0.0",
        Optional.empty(),
        Optional.empty(),
        new TreeSet<>(List.of(DType.F32)),
        List.of(new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1)),
        true);
  }

  /** Structure is checked before signatures, so any bytes will do for one. */
  private static void complete(UnsignedImage unsigned) {
    try (unsigned) {
      unsigned.complete(
          Envelope.of(
              Kind.ADAPTER.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[64]))));
    }
  }

  private Path packed(OpenAdapter adapter) {
    InterfaceRecord offered =
        Interfaces.describe(
            "m4.backbone",
            new SemanticVersion(1, 0, 0),
            adapter.lora().pairs().stream().map(LoraPair::point).toList(),
            Optional.empty(),
            DIGEST);
    Path target = directory.resolve("packed.m4adapter");
    complete(writer.write(adapter.lora(), offered, request(), target));
    return target;
  }

  private static SortedMap<String, LiteSlot> slots(LoraAdapter adapter, Optional<Float> step) {
    SortedMap<String, LiteSlot> slots = new TreeMap<>();
    for (LoraPair pair : adapter.pairs()) {
      String a = pair.point().inputA();
      String b = pair.point().inputB();
      slots.put(a, new LiteSlot(a, Shape.of(16, pair.point().in()), step));
      slots.put(b, new LiteSlot(b, Shape.of(pair.point().out(), 16), step));
    }
    return slots;
  }

  private Path bound(Path packed, LiteForm... forms) {
    Path target = directory.resolve("bound.m4adapter");
    try (AdapterPackage found = AdapterPackage.open(packed)) {
      KnownAnswer answer = new KnownAnswer(List.of(1L, 0L), new float[] {0, 1});
      complete(
          writer.bind(
              found,
              new Binding(DIGEST, DIGEST, List.of(answer), List.of(forms), 0.1),
              request(),
              target));
    }
    return target;
  }

  @Test
  void boundPackageBringsEachFormOnce() {
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty())) {
      LoraAdapter lora = adapter.lora();
      LiteForm floating = LiteForm.of("x", lora, slots(lora, Optional.empty()));
      LiteForm whole = LiteForm.of("x", lora, slots(lora, Optional.of(0.005f)));
      try (AdapterPackage bound =
          AdapterPackage.open(bound(packed(adapter), floating, whole, floating))) {
        List<String> forms =
            bound.image().manifest().sections().stream()
                .map(section -> section.id())
                .filter(id -> id.startsWith("lite-"))
                .toList();
        assertEquals(List.of("lite-f32-r16", whole.id()), forms);
      }
    }
  }

  @Test
  void formOfAnotherAdapterIsRejected() {
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty())) {
      LoraAdapter lora = adapter.lora();
      List<LoraPair> weaker =
          lora.pairs().stream()
              .map(p -> new LoraPair(p.point(), p.rank(), p.alpha() / 2, p.down(), p.up()))
              .toList();
      LoraAdapter other = new LoraAdapter(lora.scaling(), weaker, List.of());
      isRejected(packed(adapter), LiteForm.of("x", other, slots(lora, Optional.empty())));
      isRejected(packed(adapter), LiteForm.of("x", other, slots(lora, Optional.of(0.005f))));
      LoraAdapter part = new LoraAdapter(lora.scaling(), lora.pairs().subList(0, 1), List.of());
      isRejected(packed(adapter), LiteForm.of("x", part, slots(lora, Optional.empty())));
    }
  }

  private void isRejected(Path packed, LiteForm form) {
    Path bound = bound(packed, form);
    var problem =
        assertThrows(ProblemException.class, () -> AdapterPackage.open(bound).close()).problem();
    assertEquals(PackageError.FORM_DIFFERS, problem.code());
    assertTrue(problem.message().contains(form.id()), problem.message());
  }
}
