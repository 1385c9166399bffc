package org.m4fw.adapter.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lite.LiteSlot;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;

/** Containers that are sound but whose content is not that of a package. */
class PackageRefusalTest {
  private static final String DIGEST = "sha256:" + "0".repeat(64);
  private static final String CONTENT =
      """
      {"base": {"interface": "m4.backbone", "versions": ">=1.0.0 <2.0.0", "weights": "%s"},
       "method": {"kind": "lora", "scaling": "alpha/r"},
       "points": [{"alpha": "4", "in": 2, "names": ["q"], "out": 1, "rank": 1}],
       "schema": "m4fw.adapter/1"}
      """
          .formatted(DIGEST);
  private static final TensorInfo A = info("q.lora_A.weight", Shape.of(1, 2));
  private static final TensorInfo B = info("q.lora_B.weight", Shape.of(1, 1));
  private static final float[] VALUES = {1, 2, 3};

  @TempDir Path directory;

  private String formId = "onnx-f32";
  private String formRole = "onnx-adapter";

  private static TensorInfo info(String name, Shape shape) {
    return new TensorInfo(name, DType.F32, shape);
  }

  private static byte[] weights(List<TensorInfo> tensors, Map<String, String> metadata) {
    byte[] header = SafetensorsWriter.header(tensors, metadata);
    int size = (int) tensors.stream().mapToLong(TensorInfo::byteSize).sum();
    byte[] bytes = java.util.Arrays.copyOf(header, header.length + size);
    MemorySegment.copy(
        MemorySegment.ofArray(VALUES),
        0,
        MemorySegment.ofArray(bytes),
        header.length,
        Math.min(12, size));
    return bytes;
  }

  private static byte[] onnx(float first) {
    return OnnxAdapterFile.bytes("x", adapter(first).inputs(), DType.F32);
  }

  private static LoraAdapter adapter(float first) {
    Extent extent = new Extent(Path.of("x"), 0, 8);
    LoraPair pair =
        new LoraPair(
            new AttachmentPoint("q", 2, 1),
            1,
            4,
            new Tensor(
                "a", DType.F32, A.shape(), extent, MemorySegment.ofArray(new float[] {first, 2})),
            new Tensor("b", DType.F32, B.shape(), extent, MemorySegment.ofArray(new float[] {3})));
    return new LoraAdapter(LoraScaling.ALPHA_OVER_RANK, List.of(pair), List.of());
  }

  private Path container(Kind kind, String content, byte[] weights, byte[]... forms) {
    Path target = directory.resolve("a.m4adapter");
    List<SectionSource> sections = new ArrayList<>();
    sections.add(section("weights", "adapter-weights", weights));
    for (byte[] form : forms) {
      sections.add(section(formId, formRole, form));
    }
    ImageDraft draft =
        new ImageDraft(
            kind,
            "org.example.licence",
            "1.0.0",
            0,
            new Rollback("adapters", 0),
            List.of(new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1)),
            true,
            OptionalLong.empty(),
            StrictJson.parse("content", content.getBytes(StandardCharsets.UTF_8)),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    ImageWriter writer = new ImageWriter(OrderedWork.onThreads(1), Progress.silent());
    try (UnsignedImage unsigned = writer.write(draft, sections, target)) {
      unsigned.complete(
          Envelope.of(
              kind.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[64]))));
    }
    return target;
  }

  private static SectionSource section(String id, String role, byte[] bytes) {
    return SectionSource.of(
        new SectionSpec(id, role, "", List.of(), "application/octet-stream", id), bytes);
  }

  private static void refused(ErrorCode code, Path path) {
    Problem problem =
        assertThrows(ProblemException.class, () -> AdapterPackage.open(path).close()).problem();
    assertEquals(code, problem.code(), problem.text());
  }

  private void contentIsRefused(ErrorCode code, String from, String to) {
    String changed = CONTENT.replace(from, to);
    assertEquals(false, changed.equals(CONTENT));
    refused(code, container(Kind.ADAPTER, changed, weights(List.of(A, B), Map.of())));
  }

  @Test
  void soundPackageIsOpened() {
    try (AdapterPackage opened =
        AdapterPackage.open(
            container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of()), onnx(1)))) {
      assertEquals(1, opened.lora().pairs().size());
      assertEquals("m4.backbone", opened.content().base().interfaceId());
    }
  }

  @Test
  void imageIsNoPackage() {
    refused(
        ImageError.WRONG_KIND, container(Kind.IMAGE, CONTENT, weights(List.of(A, B), Map.of())));
  }

  @Test
  void unknownSchemaIsRejected() {
    contentIsRefused(PackageError.UNKNOWN_SCHEMA, "adapter/1", "adapter/2");
  }

  @Test
  void unknownFieldIsRejected() {
    contentIsRefused(JsonError.UNKNOWN_FIELD, "\"schema\"", "\"note\": 1, \"schema\"");
  }

  @Test
  void scaledAdapterWithoutItsMagnitudesIsRejected() {
    contentIsRefused(LoraError.MISSING_MAGNITUDE, "\"lora\"", "\"dora\"");
  }

  @Test
  void magnitudesOfAnAdapterThatDoesNotScaleAreRejected() {
    TensorInfo magnitude = info("q.lora_magnitude_vector", Shape.of(1));
    refused(
        PackageError.UNEXPECTED_TENSOR,
        container(Kind.ADAPTER, CONTENT, weights(List.of(A, B, magnitude), Map.of())));
  }

  @Test
  void wordThatSaysNothingIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "\"rank\": 1", "\"rank\": 1, \"table\": false");
  }

  @Test
  void unknownMethodIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "\"lora\"", "\"loha\"");
  }

  @Test
  void unknownScalingIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "alpha/r", "alpha");
  }

  @Test
  void badVersionRangeIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, ">=1.0.0 <2.0.0", "any");
  }

  @Test
  void rangeOverSeveralMajorVersionsIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, ">=1.0.0 <2.0.0", ">=1.0.0 <9.0.0");
  }

  @Test
  void badDigestIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, DIGEST, "sha256:0");
  }

  @Test
  void alphaThatIsNoDecimalNumberIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "\"4\"", "\"1e30\"");
  }

  @Test
  void alphaOfZeroIsRejected() {
    contentIsRefused(LoraError.BAD_ALPHA, "\"4\"", "\"0\"");
  }

  /** Packages could not state it exactly. */
  @Test
  void alphaNextToZeroIsRejected() {
    contentIsRefused(LoraError.BAD_ALPHA, "\"4\"", "\"0.0000000001\"");
  }

  @Test
  void pointGivenTwiceInAGroupIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "[\"q\"]", "[\"q\", \"q\"]");
  }

  @Test
  void pointGivenInTwoGroupsIsRejected() {
    contentIsRefused(
        PackageError.BAD_FIELD,
        "\"points\": [",
        "\"points\": [" + group("8", "\"p\", \"q\"") + ",");
  }

  @Test
  void namesOutOfOrderAreRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "[\"q\"]", "[\"q\", \"k\"]");
  }

  @Test
  void groupsOutOfOrderAreRejected() {
    contentIsRefused(
        PackageError.BAD_FIELD, "\"points\": [", "\"points\": [" + group("8", "\"r\"") + ",");
  }

  @Test
  void groupsThatAreAlikeAreRejected() {
    contentIsRefused(
        PackageError.BAD_FIELD, "\"points\": [", "\"points\": [" + group("4", "\"k\"") + ",");
  }

  @Test
  void groupWithoutNamesIsRejected() {
    contentIsRefused(PackageError.BAD_FIELD, "[\"q\"]", "[]");
  }

  @Test
  void pointWithoutWeightsIsRejected() {
    contentIsRefused(PackageError.POINT_DIFFERS, "[\"q\"]", "[\"k\", \"q\"]");
  }

  private static String group(String alpha, String names) {
    return "{\"alpha\": \"%s\", \"in\": 2, \"names\": [%s], \"out\": 1, \"rank\": 1}"
        .formatted(alpha, names);
  }

  @Test
  void weightsWithoutPointAreRejected() {
    contentIsRefused(PackageError.UNEXPECTED_TENSOR, "\"q\"", "\"k\"");
  }

  @Test
  void rankThatContradictsTheWeightsIsRejected() {
    contentIsRefused(LoraError.RANK_MISMATCH, "\"rank\": 1", "\"rank\": 2");
  }

  @Test
  void widthThatContradictsTheWeightsIsRejected() {
    contentIsRefused(PackageError.POINT_DIFFERS, "\"out\": 1", "\"out\": 2");
  }

  @Test
  void metadataInTheWeightsIsRejected() {
    refused(
        PackageError.UNEXPECTED_METADATA,
        container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of("note", "x"))));
  }

  @Test
  void unalignedWeightsAreRejected() {
    TensorInfo byteFirst = new TensorInfo("q.lora_B.weight", DType.U8, Shape.of(1, 1));
    refused(
        PackageError.UNALIGNED,
        container(Kind.ADAPTER, CONTENT, weights(List.of(byteFirst, A), Map.of())));
  }

  @Test
  void runtimeFormWithOtherNumbersIsRejected() {
    refused(
        PackageError.FORM_DIFFERS,
        container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of()), onnx(1.5f)));
  }

  /** A device chooses a form by the name of its section. */
  @Test
  void runtimeFormOfAnotherTypeThanItsNameSaysIsRejected() {
    byte[] halves = OnnxAdapterFile.bytes("x", adapter(1).inputs(), DType.F16);
    refused(
        PackageError.FORM_DIFFERS,
        container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of()), halves));
    formId = "onnx-f16";
    AdapterPackage.open(container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of()), halves))
        .close();
  }

  @Test
  void liteFormOfAnotherRankThanItsNameSaysIsRejected() {
    SortedMap<String, LiteSlot> slots = new TreeMap<>();
    slots.put(A.name(), new LiteSlot(A.name(), Shape.of(2, 2)));
    slots.put(B.name(), new LiteSlot(B.name(), Shape.of(1, 2)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    LiteForm.of("x", adapter(1), slots)
        .parts()
        .forEach(part -> bytes.writeBytes(part.toArray(ValueLayout.JAVA_BYTE)));
    byte[] form = bytes.toByteArray();
    formRole = "lite-adapter";
    formId = "lite-f32-r16";
    refused(
        PackageError.FORM_DIFFERS,
        container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of()), form));
    formId = "lite-f32-r2";
    AdapterPackage.open(container(Kind.ADAPTER, CONTENT, weights(List.of(A, B), Map.of()), form))
        .close();
  }

  private static byte[] weights(int index, float value) {
    byte[] bytes = weights(List.of(A, B), Map.of());
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - 12 + 4 * index, value);
    return bytes;
  }

  /** The weights are numbers, but not in half precision. */
  @Test
  void infinityInARuntimeFormIsRejected() {
    byte[] halves = OnnxAdapterFile.bytes("x", adapter(-0.25f).inputs(), DType.F16);
    int found = 0;
    for (int i = 0; i + 1 < halves.length; i += 2) {
      if (halves[i] == 0 && halves[i + 1] == (byte) 0xb4) {
        halves[i + 1] = 0x7c;
        found++;
      }
    }
    assertEquals(1, found);
    formId = "onnx-f16";
    refused(LoraError.NOT_FINITE, container(Kind.ADAPTER, CONTENT, weights(0, 70000), halves));
  }

  /** Alpha is 4 at rank 1. */
  @Test
  void numberThatIsTooLargeOnceItIsScaledIsRejected() {
    refused(LoraError.NOT_FINITE, container(Kind.ADAPTER, CONTENT, weights(2, 1e38f)));
    AdapterPackage.open(container(Kind.ADAPTER, CONTENT, weights(2, 1e37f))).close();
  }

  @Test
  void runtimeFormBesideNoBranchesIsRejected() {
    String noPoints = CONTENT.replaceFirst("\"points\": \\[.*\\],", "\"points\": [],");
    refused(
        PackageError.FORM_DIFFERS,
        container(Kind.ADAPTER, noPoints, weights(List.of(), Map.of()), onnx(1)));
  }

  @Test
  void runtimeFormOfVirtualTokensIsRejected() {
    String prompt =
        CONTENT
            .replaceFirst("\"points\": \\[.*\\],", "\"points\": [],")
            .replaceFirst(
                "\"method\": \\{[^}]*}",
                "\"method\": {\"kind\": \"prompt-tuning\", \"numbers\": 2, \"tokens\": 1}");
    TensorInfo tokens = info("prompt_embeddings", Shape.of(1, 2));
    refused(
        PackageError.FORM_DIFFERS,
        container(Kind.ADAPTER, prompt, weights(List.of(tokens), Map.of()), onnx(1)));
  }

  /** Without the scales the branches alone are another adapter. */
  @Test
  void runtimeFormOfAnAdapterThatScalesIsRejected() {
    TensorInfo magnitude = info("q.lora_magnitude_vector", Shape.of(1));
    refused(
        PackageError.FORM_DIFFERS,
        container(
            Kind.ADAPTER,
            CONTENT.replace("\"lora\"", "\"dora\""),
            weights(List.of(A, B, magnitude), Map.of()),
            onnx(1)));
  }

  @Test
  void headWithTheNameOfAPointDoesNotStandForIt() {
    String both =
        CONTENT
            .replace("[\"q\"]", "[\"k\", \"q\"]")
            .replace("\"method\"", "\"heads\": [{\"name\": \"k\", \"shape\": [1]}], \"method\"");
    refused(
        PackageError.POINT_DIFFERS,
        container(Kind.ADAPTER, both, weights(List.of(A, B, info("k", Shape.of(1))), Map.of())));
  }

  @Test
  void sizesBeyondCountingAreRefusedAndNoAccident() {
    contentIsRefused(
        PackageError.RESOURCES_DIFFER,
        "\"schema\"",
        "\"heads\": [{\"name\": \"h\", \"shape\": [2147483648, 2147483648, 2147483648]}],"
            + " \"resources\": {\"bytes\": 6, \"macs\": 3, \"parameters\": 3}, \"schema\"");
  }

  /** What remains of a training whose branches cannot have an effect. */
  @Test
  void packageThatChangesNothingIsOpenedWithAWarning() {
    String noPoints = CONTENT.replaceFirst("\"points\": \\[.*\\],", "\"points\": [],");
    Path empty = container(Kind.ADAPTER, noPoints, weights(List.of(), Map.of()));
    try (AdapterPackage opened = AdapterPackage.open(empty)) {
      assertEquals(1, opened.lora().warnings().size());
    }
  }
}
