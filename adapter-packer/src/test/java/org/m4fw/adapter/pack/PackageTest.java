package org.m4fw.adapter.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.AdapterError;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.UnsignedImage;

class PackageTest {
  private static final Path LICENCE =
      Path.of(System.getProperty("m4fw.root"), "examples/kjv/kjv-llama-licence-lora");
  private static final Digest WEIGHTS = Digest.of(new byte[] {1});

  private static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root"), "tests", "fixtures", "goldens");

  @TempDir Path directory;

  private static PackageRequest request(String id) {
    return new PackageRequest(
        id,
        "1.2.0",
        Optional.of("CC0-1.0"),
        Optional.empty(),
        new TreeSet<>(List.of(DType.F32, DType.F16)),
        List.of(new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1)),
        true);
  }

  private static InterfaceRecord offered(List<AttachmentPoint> points) {
    return Interfaces.describe(
        "m4.backbone", new SemanticVersion(1, 0, 0), points, Optional.empty(), WEIGHTS);
  }

  private static List<AttachmentPoint> points(OpenAdapter adapter) {
    return adapter.lora().pairs().stream().map(LoraPair::point).toList();
  }

  private Path pack(String name, int threads) {
    Path target = directory.resolve(name);
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(threads), Progress.silent()));
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty());
        UnsignedImage unsigned =
            writer.write(
                adapter.lora(), offered(points(adapter)), request("org.example.licence"), target)) {
      // Structure is checked before signatures, so any bytes will do for one here.
      unsigned.complete(
          Envelope.of(
              Kind.ADAPTER.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[64]))));
    }
    return target;
  }

  private static Problem refused(ErrorCode code, Path path) {
    Problem problem =
        assertThrows(
                ProblemException.class, () -> Adapters.open(path, OptionalDouble.empty()).close())
            .problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  @Test
  void packageHoldsTheSameMatricesAsTheDirectory() {
    try (OpenAdapter before = Adapters.open(LICENCE, OptionalDouble.empty());
        OpenAdapter after = Adapters.open(pack("a.m4adapter", 2), points(before))) {
      assertEquals("org.example.licence 1.2.0", after.name());
      assertArrayEquals(before.onnxAdapter(DType.F32), after.onnxAdapter(DType.F32));
      assertEquals(Optional.of("CC0-1.0"), after.packaged().orElseThrow().content().licence());
    }
  }

  @Test
  void packageDependsOnNothingButItsInputs() throws IOException {
    assertEquals(-1, Files.mismatch(pack("one/a.m4adapter", 1), pack("two/b.m4adapter", 4)));
  }

  @Test
  void packageThatWasNeverRunIsProvisional() {
    try (OpenAdapter adapter = Adapters.open(pack("a.m4adapter", 2), OptionalDouble.empty())) {
      Verdict verdict = adapter.decide(offered(points(adapter)), Evidence.NONE);
      assertEquals(Verdict.Outcome.PROVISIONAL, verdict.outcome());
      assertEquals(
          List.of(Reason.UNBOUND), verdict.findings().stream().map(Finding::reason).toList());
    }
  }

  @Test
  void alphaCannotBeGivenForAPackage() {
    Path path = pack("a.m4adapter", 2);
    Problem problem =
        assertThrows(
                ProblemException.class, () -> Adapters.open(path, OptionalDouble.of(3)).close())
            .problem();
    assertEquals(AdapterError.ALPHA_KNOWN, problem.code());
  }

  @Test
  void adapterThatDoesNotFitIsNotPacked() {
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
    Path target = directory.resolve("none.m4adapter");
    try (OpenAdapter adapter = Adapters.open(LICENCE, OptionalDouble.empty())) {
      List<AttachmentPoint> wider =
          points(adapter).stream()
              .map(point -> new AttachmentPoint(point.name(), point.in() + 1, point.out()))
              .toList();
      Problem problem =
          assertThrows(
                  ProblemException.class,
                  () ->
                      writer
                          .write(
                              adapter.lora(),
                              offered(wider),
                              request("org.example.licence"),
                              target)
                          .close())
              .problem();
      assertEquals(PackageError.DOES_NOT_FIT, problem.code());
      assertTrue(problem.message().contains("point-width"), problem.message());
      assertTrue(Files.notExists(target));
    }
  }

  private Problem notPacked(String golden) {
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
    Path target = directory.resolve("none.m4adapter");
    try (OpenAdapter adapter = Adapters.open(GOLDENS.resolve(golden), OptionalDouble.empty())) {
      return assertThrows(
              ProblemException.class,
              () ->
                  writer
                      .write(
                          adapter.lora(),
                          offered(points(adapter)),
                          request("org.example.licence"),
                          target)
                      .close())
          .problem();
    } finally {
      assertTrue(Files.notExists(target));
    }
  }

  @Test
  void scaledRowsAreNotPackedForPointsThatCannotScale() {
    Problem problem = notPacked("peft-dora");
    assertEquals(PackageError.DOES_NOT_FIT, problem.code());
    assertTrue(problem.message().contains("is dora, the point takes [lora]"), problem.message());
  }

  @Test
  void replacedWeightsAreNotPacked() {
    Problem problem = notPacked("peft-modules-to-save");
    assertEquals(PackageError.DOES_NOT_FIT, problem.code());
    assertEquals("lm_head.weight", problem.item());
  }

  @Test
  void virtualTokensAreNotPacked() {
    for (String golden : List.of("peft-prompt-tuning", "peft-prefix-tuning")) {
      assertEquals(AdapterError.NOT_LORA, notPacked(golden).code());
    }
  }

  @Test
  void idThatIsNotReverseDnsIsRejected() {
    for (String id : List.of("licence", "Org.Example", "org..x", "org.example.", "org.ex ample")) {
      Problem problem = assertThrows(ProblemException.class, () -> request(id)).problem();
      assertEquals(PackageError.BAD_ID, problem.code());
    }
  }

  @Test
  void changedWeightsAreRejected() throws IOException {
    Path path = pack("a.m4adapter", 2);
    byte[] bytes = Files.readAllBytes(path);
    bytes[bytes.length / 2] ^= 1;
    Files.write(path, bytes);
    assertTrue(refusedByContainer(path).file().equals(path.toString()));
  }

  private static Problem refusedByContainer(Path path) {
    Problem problem =
        assertThrows(
                ProblemException.class, () -> Adapters.open(path, OptionalDouble.empty()).close())
            .problem();
    assertTrue(problem.code() instanceof ImageError, problem.text());
    return problem;
  }

  @Test
  void truncatedPackageIsRejected() throws IOException {
    Path path = pack("a.m4adapter", 2);
    byte[] bytes = Files.readAllBytes(path);
    Files.write(path, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    refusedByContainer(path);
  }

  @Test
  void fileThatIsNoContainerIsRejected() throws IOException {
    Path path = Files.writeString(directory.resolve("a.m4adapter"), "hello");
    refused(AdapterError.UNKNOWN_FORMAT, path);
  }
}
