package org.m4fw.adapter;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.adapter.contract.ContractError;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfacePoint;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageError;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.adapter.peft.PeftWriter;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.pass.AdapterSlots;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TensorRun;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.UnsignedImage;

/** LoRA of convolutions through packages, on a denoiser that was given room for it. */
class ConvolutionSlotTest {
  private static final Path LORA = Compiled.GOLDENS.resolve("sd-unet-conv-lora");
  private static final String LAYER = "down_blocks.0.downsamplers.0.conv";

  @TempDir Path directory;

  private static Model plain(Checkpoint checkpoint) {
    return ModelImporter.importModel(checkpoint);
  }

  private static Model roomy(Checkpoint checkpoint) {
    return AdapterSlots.apply(plain(checkpoint), EnumSet.of(AdapterSlots.Slot.CONVOLUTIONS));
  }

  private static Checkpoint unet() {
    return Checkpoint.open(Compiled.GOLDENS.resolve("sd-unet-f32"));
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

  private Path pack(Path trained, InterfaceRecord offered) {
    Path target = directory.resolve("test.m4adapter");
    PackageRequest request =
        new PackageRequest(
            "org.example.test",
            "1.0.0",
            Optional.empty(),
            Optional.empty(),
            new TreeSet<>(List.of(DType.F32)),
            List.of(new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1)),
            true);
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
    try (OpenAdapter adapter = Adapters.open(trained, OptionalDouble.empty());
        UnsignedImage unsigned =
            writer.write(adapter.payload(offered), offered, request, Optional.empty(), target)) {
      unsigned.complete(
          Envelope.of(
              Kind.ADAPTER.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[64]))));
    }
    return target;
  }

  private static List<AttachmentPoint> points(Model model) {
    return model.parts().values().stream()
        .flatMap(graph -> graph.attachmentPoints().stream())
        .toList();
  }

  private static SortedMap<String, Tensor> expected(MappedFile file) {
    return new TreeMap<>(SafetensorsReader.read(file).tensors());
  }

  private static void requireParity(
      SequencedMap<String, CompiledModel> parts, RuntimeAdapter adapter, double tolerance) {
    try (MappedFile file = MappedFile.open(LORA.resolve("expected.safetensors"));
        TensorRun run =
            TensorRun.execute("expected", parts, Optional.of(adapter), expected(file))) {
      Tensor original = requireNonNull(expected(file).get("out_sample"));
      double error = Compiled.relativeError(original, run.outputs().getFirst());
      assertTrue(error <= tolerance, () -> "the sample is off by " + error);
    }
  }

  @ParameterizedTest
  @CsvSource({"host, 1e-4", "pixel7pro-cpu, 1e-4", "jetson-orin-nx, 5e-3"})
  void packageGivesTheOutputOfDiffusers(String target, double tolerance) {
    try (Checkpoint checkpoint = unet()) {
      Model model = roomy(checkpoint);
      Path packed = pack(LORA, offered(model));
      try (OpenAdapter adapter = Adapters.open(packed, OptionalDouble.empty())) {
        requireParity(
            Compiled.parts(model, target),
            adapter.over(points(model), Optional.empty()),
            tolerance);
      }
    }
  }

  @Test
  void packageRunsOverTheCheckpointToo() {
    try (Checkpoint checkpoint = unet();
        OpenAdapter adapter =
            Adapters.open(pack(LORA, offered(roomy(checkpoint))), OptionalDouble.empty())) {
      AdaptedModel adapted = AdaptedModel.of("unet", adapter, plain(checkpoint));
      requireParity(Compiled.parts(adapted.model(), "host"), adapted.adapter(), 1e-4);
    }
  }

  /** The fixture has strides and paddings, but nothing dilated or padded on one side only. */
  @Test
  void dilatedKernelsAreThoseOfABranchOverTheCheckpoint() {
    try (Checkpoint checkpoint = unet();
        OpenAdapter adapter = Adapters.open(LORA, OptionalDouble.empty())) {
      Model dilated = dilated(plain(checkpoint));
      AdaptedModel adapted = AdaptedModel.of("unet", adapter, dilated);
      Model roomy = AdapterSlots.apply(dilated, EnumSet.of(AdapterSlots.Slot.CONVOLUTIONS));
      float[] branches = run(adapted.model(), Optional.of(adapted.adapter()));
      RuntimeAdapter over = adapter.over(points(roomy), Optional.empty());
      assertArrayEquals(branches, run(roomy, Optional.of(over)), 1e-4f);
      assertFalse(Arrays.equals(branches, run(roomy, Optional.empty())));
    }
  }

  /** One convolution reads further up and to one side: the size stays as it was. */
  private static Model dilated(Model model) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model
        .parts()
        .forEach(
            (name, graph) ->
                parts.put(
                    name,
                    new Graph(
                        graph.architecture(),
                        graph.inputs(),
                        graph.outputs(),
                        graph.nodes().stream().map(ConvolutionSlotTest::dilated).toList(),
                        graph.weights(),
                        graph.literals(),
                        graph.decoder(),
                        graph.specialTokens(),
                        graph.attachmentPoints(),
                        graph.replaceable())));
    return new Model(model.architecture(), parts);
  }

  private static Node dilated(Node node) {
    if (!node.name().equals("down_blocks.0.resnets.0.conv1")
        || !(node.operator() instanceof Operator.Primitive plain)) {
      return node;
    }
    SortedMap<String, Operator.Attribute> attributes = new TreeMap<>(plain.attributes());
    attributes.put("dilations", new Operator.Attribute.Ints(List.of(2L, 1L)));
    attributes.put("pads", new Operator.Attribute.Ints(List.of(3L, 0L, 1L, 2L)));
    return new Node(
        node.name(), Operator.Primitive.of("", "Conv", attributes), node.inputs(), node.outputs());
  }

  @Test
  void exportedDirectoryIsTheSameAdapter() {
    Path exported = directory.resolve("exported");
    try (Checkpoint checkpoint = unet()) {
      Model model = roomy(checkpoint);
      InterfaceRecord offered = offered(model);
      Path packed = pack(LORA, offered);
      byte[] first = bytes(packed);
      try (AdapterPackage found = AdapterPackage.open(packed)) {
        create(exported);
        PeftWriter.write(found.lora(), exported);
      }
      try (Checkpoint weights = Checkpoint.open(exported.resolve("adapter_model.safetensors"))) {
        assertEquals(
            Shape.of(2, 8, 3, 3),
            weights.tensor("base_model.model." + LAYER + ".lora_A.weight").shape());
        assertEquals(
            Shape.of(8, 2, 1, 1),
            weights.tensor("base_model.model." + LAYER + ".lora_B.weight").shape());
      }
      assertArrayEquals(first, bytes(pack(exported, offered)));
    }
  }

  @Test
  void withoutAnAdapterTheOutputIsThatOfTheBaseExactly() {
    try (Checkpoint checkpoint = unet()) {
      assertArrayEquals(
          run(plain(checkpoint), Optional.empty()), run(roomy(checkpoint), Optional.empty()));
    }
  }

  private static float[] run(Model model, Optional<RuntimeAdapter> adapter) {
    try (MappedFile file = MappedFile.open(LORA.resolve("expected.safetensors"));
        TensorRun run =
            TensorRun.execute("expected", Compiled.parts(model, "host"), adapter, expected(file))) {
      return run.outputs().getFirst().data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }

  @Test
  void interfaceSaysWhatTheKernelIs() {
    try (Checkpoint checkpoint = unet()) {
      InterfaceRecord offered = offered(roomy(checkpoint));
      InterfacePoint point = point(offered, LAYER).orElseThrow();
      assertEquals(List.of(3L, 3L), point.kernel());
      assertEquals(8 * 9, point.in());
      assertEquals(Set.of("lora"), point.kinds());
      assertEquals(offered, InterfaceJson.parse("interface", InterfaceJson.bytes(offered)));
      assertFalse(point(offered(plain(checkpoint)), LAYER).isPresent());
    }
  }

  private static Optional<InterfacePoint> point(InterfaceRecord offered, String name) {
    return offered.points().stream().filter(point -> point.name().equals(name)).findFirst();
  }

  @Test
  void interfaceWhoseKernelDoesNotDivideTheWidthIsRefused() {
    try (Checkpoint checkpoint = unet()) {
      String text =
          new String(InterfaceJson.bytes(offered(roomy(checkpoint))), StandardCharsets.UTF_8)
              .replaceFirst("\"kernel\":\\[3,3\\]", "\"kernel\":[3,5]");
      ProblemException e =
          assertThrows(
              ProblemException.class,
              () -> InterfaceJson.parse("interface", text.getBytes(StandardCharsets.UTF_8)));
      assertEquals(ContractError.BAD_KERNEL, e.problem().code());
    }
  }

  @Test
  void baseWithoutRoomIsRefused() {
    try (Checkpoint checkpoint = unet()) {
      ProblemException e =
          assertThrows(ProblemException.class, () -> pack(LORA, offered(plain(checkpoint))));
      assertTrue(e.problem().text().contains("convolutions"), e.problem().text());
    }
  }

  /** As many numbers in a kernel of another form. */
  private Path otherKernel() {
    TensorFile file = new TensorFile();
    file.fill("unet." + LAYER + ".lora_A.weight", 1, 2, 8, 1, 9);
    file.fill("unet." + LAYER + ".lora_B.weight", 1, 8, 2, 1, 1);
    Path saved = directory.resolve("other");
    file.write(saved.resolve("pytorch_lora_weights.safetensors"));
    return saved;
  }

  @Test
  void kernelOfOtherSizesIsNotPacked() {
    Path other = otherKernel();
    try (Checkpoint checkpoint = unet()) {
      ProblemException e =
          assertThrows(ProblemException.class, () -> pack(other, offered(roomy(checkpoint))));
      assertEquals(PackageError.DOES_NOT_FIT, e.problem().code());
      assertTrue(e.problem().text().contains(Reason.POINT_KERNEL.code()), e.problem().text());
    }
  }

  @Test
  void kernelOfOtherSizesIsNotRun() {
    try (Checkpoint checkpoint = unet();
        OpenAdapter adapter = Adapters.open(otherKernel(), OptionalDouble.empty())) {
      List<AttachmentPoint> points = points(roomy(checkpoint));
      ProblemException e =
          assertThrows(ProblemException.class, () -> adapter.over(points, Optional.empty()));
      assertEquals(LoraError.WRONG_KERNEL, e.problem().code());
    }
  }

  @Test
  void packageIsRejectedOnABaseWithoutRoom() {
    try (Checkpoint checkpoint = unet();
        OpenAdapter adapter =
            Adapters.open(pack(LORA, offered(roomy(checkpoint))), OptionalDouble.empty())) {
      Verdict verdict = adapter.decide(offered(plain(checkpoint)), Evidence.NONE);
      assertEquals(Verdict.Outcome.REJECT, verdict.outcome());
      assertEquals(Reason.POINT_UNKNOWN, verdict.findings().getFirst().reason());
    }
  }

  private static void create(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
