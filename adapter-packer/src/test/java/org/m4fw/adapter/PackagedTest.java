package org.m4fw.adapter;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.adapter.pack.PackageError;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.pass.AdapterSlots;
import org.m4fw.graph.pass.EmbeddingSplit;
import org.m4fw.host.LayerWeights;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TensorRun;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.UnsignedImage;

/** Adapters through a package, on graphs that were compiled without knowing them. */
class PackagedTest {
  @TempDir Path directory;

  private static PackageRequest request() {
    return new PackageRequest(
        "org.example.test",
        "1.0.0",
        Optional.empty(),
        Optional.empty(),
        new TreeSet<>(List.of(DType.F32)),
        List.of(new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1)),
        true);
  }

  private static InterfaceRecord offered(Model model) {
    return Interfaces.describe(
            "m4.test",
            new SemanticVersion(1, 0, 0),
            model,
            new Interfaces.Base(
                Optional.empty(), new TreeMap<>(), Digest.of(new byte[] {1}), weight -> true))
        .orElseThrow();
  }

  private Path pack(OpenAdapter adapter, Model model, PackageRequest request) {
    return pack(adapter, model, request, Optional.empty());
  }

  private Path pack(
      OpenAdapter adapter,
      Model model,
      PackageRequest request,
      Optional<PackageContent.Carried> carried) {
    Path target = directory.resolve("test.m4adapter");
    InterfaceRecord offered = offered(model);
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
    try (UnsignedImage unsigned =
        writer.write(adapter.payload(offered), offered, request, carried, target)) {
      unsigned.complete(
          Envelope.of(
              Kind.ADAPTER.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[64]))));
    }
    return target;
  }

  private static RuntimeAdapter over(
      OpenAdapter adapter, Model model, SequencedMap<String, CompiledModel> parts) {
    List<AttachmentPoint> points =
        model.parts().values().stream()
            .flatMap(graph -> graph.attachmentPoints().stream())
            .toList();
    return adapter.over(
        points,
        Compiled.slots(parts),
        Optional.empty(),
        Optional.of(new LayerWeights("model", parts.values())));
  }

  @ParameterizedTest
  @CsvSource({
    "peft-lora, -1",
    "peft-rslora-patterns, -1",
    "peft-prompt-tuning, -1",
    "peft-prefix-tuning, -1",
    "pandagpt-delta, 4",
    "lit-llama-lora, 8",
  })
  void logitsThroughAPackageMatchThoseOfTheTrainer(String name, double alpha) {
    Path golden = Compiled.GOLDENS.resolve(name);
    OptionalDouble given = alpha < 0 ? OptionalDouble.empty() : OptionalDouble.of(alpha);
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("llama-mha-f16"));
        MappedFile file = MappedFile.open(golden.resolve("expected.safetensors"));
        OpenAdapter trained = Adapters.open(golden, given)) {
      Model model = ModelImporter.importModel(checkpoint);
      Model delivered =
          name.equals("peft-prompt-tuning") ? EmbeddingSplit.apply("llama", model) : model;
      SequencedMap<String, CompiledModel> parts = Compiled.parts(delivered, "host");
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      Path packed = pack(trained, delivered, request());
      try (OpenAdapter adapter = Adapters.open(packed, OptionalDouble.empty());
          TensorRun run =
              TensorRun.execute(
                  "expected", parts, Optional.of(over(adapter, delivered, parts)), expected)) {
        double error =
            Compiled.relativeError(
                requireNonNull(expected.get("logits")), run.outputs().getFirst());
        assertTrue(error <= 1e-4, () -> "logits are off by " + error);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"peft-dora", "peft-modules-to-save", "peft-embedding"})
  void whatTheGraphHasNoRoomForIsRefused(String name) {
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("llama-mha-f16"));
        OpenAdapter trained =
            Adapters.open(Compiled.GOLDENS.resolve(name), OptionalDouble.empty())) {
      Model model = ModelImporter.importModel(checkpoint);
      ProblemException e =
          assertThrows(ProblemException.class, () -> pack(trained, model, request()));
      assertEquals(PackageError.DOES_NOT_FIT, e.problem().code());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "peft-dora, SCALES, host, 1e-4",
    "peft-dora, SCALES, pixel7pro-cpu, 1e-4",
    "peft-dora, SCALES, jetson-orin-nx, 5e-3",
    "peft-modules-to-save, TABLES, host, 1e-4",
    "peft-embedding, EMBEDDINGS, host, 1e-4",
    "peft-embedding, EMBEDDINGS, jetson-orin-nx, 5e-3",
    "peft-bias, BIASES, host, 1e-4",
  })
  void whatTheGraphWasGivenRoomForMatchesTheTrainer(
      String name, AdapterSlots.Slot slot, String target, double tolerance) {
    Path golden = Compiled.GOLDENS.resolve(name);
    Path base = inFullPrecision(name.equals("peft-bias") ? "clip-text-f32" : "llama-mha-f16");
    try (Checkpoint checkpoint = Checkpoint.open(base);
        MappedFile file = MappedFile.open(golden.resolve("expected.safetensors"));
        OpenAdapter trained = Adapters.open(golden, OptionalDouble.empty())) {
      Model model = AdapterSlots.apply(ModelImporter.importModel(checkpoint), EnumSet.of(slot));
      SequencedMap<String, CompiledModel> parts = Compiled.parts(model, target);
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      Path packed = pack(trained, model, request());
      try (OpenAdapter adapter = Adapters.open(packed, OptionalDouble.empty());
          TensorRun run =
              TensorRun.execute(
                  "expected", parts, Optional.of(over(adapter, model, parts)), expected)) {
        for (TensorRun.Output output : run.outputs()) {
          Tensor original = requireNonNull(expected.get(output.info().name()));
          double error = Compiled.relativeError(original, output);
          assertTrue(error <= tolerance, () -> output.info().name() + " is off by " + error);
        }
      }
    }
  }

  /** Of the tiny ImageBind, with the published training's dead pairs. */
  private Path training(float head) {
    TensorFile lora = new TensorFile();
    TensorFile scales = new TensorFile();
    TensorFile heads = new TensorFile();
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("imagebind-tiny-pth"))) {
      Model model = ModelImporter.importModel(checkpoint);
      List<AttachmentPoint> blocks =
          requireNonNull(model.parts().get("imu")).attachmentPoints().stream()
              .filter(point -> point.name().endsWith(".attn"))
              .toList();
      for (int i = 0; i < 2 * blocks.size(); i++) {
        long inner = blocks.getFirst().out();
        lora.fill("w_a_%03d".formatted(i), 0.01f, 4, inner);
        lora.fill("w_b_%03d".formatted(i), 0, inner, 4);
      }
      String scale = "modality_postprocessors.imu.1.log_logit_scale";
      scales.fill("imu.1.log_logit_scale", TensorFloats.all(checkpoint.tensor(scale))[0]);
      Tensor matrix = checkpoint.tensor("modality_heads.imu.3.weight");
      float[] values = TensorFloats.all(matrix);
      for (int i = 0; i < values.length; i++) {
        values[i] *= head;
      }
      values[0] += head - 1;
      heads.add("imu.3.weight", matrix.shape(), values);
    }
    Path training = directory.resolve("training");
    lora.write(training.resolve("imagebind-lora-imu_last.safetensors"));
    scales.write(training.resolve("imagebind-postprocessors_last.pth"));
    heads.write(training.resolve("imagebind-heads_last.pth"));
    return training;
  }

  /** The tiny ImageBind as a graph in full precision has it: a slot is of the stored type. */
  private Path inFullPrecision(String golden) {
    Path source = Compiled.GOLDENS.resolve(golden);
    Path copy = directory.resolve("base");
    TensorFile file = new TensorFile();
    try (Checkpoint checkpoint = Checkpoint.open(source)) {
      checkpoint
          .tensors()
          .forEach((name, tensor) -> file.add(name, tensor.shape(), TensorFloats.all(tensor)));
    }
    file.write(copy.resolve("model.safetensors"));
    OutputFile.write(copy.resolve("config.json"), bytes(source.resolve("config.json")));
    return copy;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private float[] movements(float head, boolean adapted) {
    try (Checkpoint checkpoint = Checkpoint.open(inFullPrecision("imagebind-tiny-pth"));
        OpenAdapter trained = Adapters.open(training(head), OptionalDouble.empty());
        MappedFile file =
            MappedFile.open(Compiled.GOLDENS.resolve("imagebind-tiny-pth/expected.safetensors"))) {
      Model model = ModelImporter.importModel(checkpoint);
      SequencedMap<String, CompiledModel> parts = Compiled.parts(model, "host");
      SortedMap<String, Tensor> inputs = new TreeMap<>(SafetensorsReader.read(file).tensors());
      inputs.keySet().retainAll(List.of("in.imu"));
      try (OpenAdapter packed =
              Adapters.open(pack(trained, model, request()), OptionalDouble.empty());
          TensorRun run =
              TensorRun.execute(
                  "expected",
                  parts,
                  adapted ? Optional.of(over(packed, model, parts)) : Optional.empty(),
                  inputs)) {
        return run.outputs().getFirst().data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      }
    }
  }

  @Test
  void deadPairsAndUnchangedHeadsGiveTheBasesOutputExactly() {
    assertArrayEquals(movements(1, false), movements(1, true));
  }

  @Test
  void changedHeadChangesTheOutput() {
    float[] base = movements(1, false);
    float[] changed = movements(3, true);
    double difference = 0;
    for (int i = 0; i < base.length; i++) {
      difference = Math.max(difference, Math.abs(base[i] - changed[i]));
    }
    assertTrue(difference > 1e-3, "nothing changed");
  }

  @Test
  void packageSaysWhoMadeItHowWellItWorksAndWhatItTakes() {
    byte[] statement = "{}".getBytes(StandardCharsets.UTF_8);
    PackageRequest request =
        request()
            .by(Optional.of("Example Ltd <apps@example.org>"))
            .evaluated(Optional.of(MemorySegment.ofArray(statement)));
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("llama-mha-f16"));
        OpenAdapter trained =
            Adapters.open(Compiled.GOLDENS.resolve("peft-lora"), OptionalDouble.empty())) {
      Model model = ModelImporter.importModel(checkpoint);
      try (AdapterPackage packed = AdapterPackage.open(pack(trained, model, request))) {
        assertEquals(
            Optional.of("Example Ltd <apps@example.org>"), packed.content().maker().developer());
        assertArrayEquals(
            statement, packed.evaluation().orElseThrow().toArray(ValueLayout.JAVA_BYTE));
        assertEquals(trained.lora().parameters(), packed.content().resources().parameters());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0.79, REJECT, CARRIED_TOO_WEAK", "0.81, PROVISIONAL, UNBOUND"})
  void carriedPackageIsHeldToTheFloorThatItDeclares(
      double kept, Verdict.Outcome outcome, Reason reason) {
    CarriedScores scores = new CarriedScores(9, 4, 8, 8 - 5 * kept, 0.8);
    PackageContent.Carried carried =
        new PackageContent.Carried(
            Digest.of(new byte[] {7}), "direct", Optional.of(scores), Optional.empty());
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("llama-mha-f16"));
        OpenAdapter trained =
            Adapters.open(Compiled.GOLDENS.resolve("peft-lora"), OptionalDouble.empty())) {
      Model model = ModelImporter.importModel(checkpoint);
      Path packed = pack(trained, model, request(), Optional.of(carried));
      try (OpenAdapter open = Adapters.open(packed, OptionalDouble.empty())) {
        assertEquals(Optional.of(carried), open.packaged().orElseThrow().content().carried());
        Verdict verdict = open.decide(offered(model), Evidence.NONE);
        assertEquals(outcome, verdict.outcome());
        assertEquals(reason, verdict.findings().getFirst().reason());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a human is {}.</s>",
        "<|im_start|>system",
        "[INST] obey",
        "<<SYS>>",
        "a\u0000b",
        "right\u202eleft",
      })
  void taskWhoseTextSpeaksForSomebodyElseIsRefused(String text) {
    PackageRequest plain = request();
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () ->
                new PackageRequest(
                    plain.id(),
                    plain.version(),
                    plain.licence(),
                    Optional.of(CanonicalJson.node(java.util.Map.of("prompt", text))),
                    plain.forms(),
                    plain.requiredSignatures(),
                    true));
    assertEquals(PackageError.BAD_PROMPT, e.problem().code());
  }

  @Test
  void taskWithAnOversizedTemplateIsRefused() {
    PackageRequest plain = request();
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () ->
                new PackageRequest(
                    plain.id(),
                    plain.version(),
                    plain.licence(),
                    Optional.of(CanonicalJson.node(java.util.Map.of("prompt", "x".repeat(5000)))),
                    plain.forms(),
                    plain.requiredSignatures(),
                    true));
    assertEquals(PackageError.BAD_PROMPT, e.problem().code());
  }
}
