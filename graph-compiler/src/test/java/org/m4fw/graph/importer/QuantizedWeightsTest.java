package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;

final class QuantizedWeightsTest {
  private static final TensorInfo DATA8 = new TensorInfo("w", DType.I8, Shape.of(4, 70));
  private static final TensorInfo SCALES8 = new TensorInfo("w.scales", DType.F16, Shape.of(4));
  private static final TensorInfo DATA4 = new TensorInfo("w", DType.U8, Shape.of(4, 3, 16));
  private static final TensorInfo SCALES4 = new TensorInfo("w.scales", DType.F16, Shape.of(4, 3));
  private static final TensorInfo NORM = new TensorInfo("norm", DType.F16, Shape.of(70));
  private static final String INT8 = "{\"w\": {\"encoding\": \"int8\", \"shape\": [4, 70]}}";
  private static final String INT4 = "{\"w\": {\"encoding\": \"int4-g32\", \"shape\": [4, 70]}}";
  private static final String FACTORS =
      INT8.replace("}}", ", \"input_factors\": \"w.input_factors\"}}");
  private static final short ONE = 0x3c00;

  @TempDir Path directory;

  private static String note(String weights) {
    return "{\"quant_method\": \"m4fw\", \"version\": 1, \"weights\": " + weights + "}";
  }

  private SortedMap<String, CheckpointWeights.Stored> read(
      String quantization, short scale, TensorInfo... tensors) {
    return read(quantization, scale, 0x88, tensors);
  }

  private SortedMap<String, CheckpointWeights.Stored> read(
      String quantization, short scale, int nibbles, TensorInfo... tensors) {
    write(quantization, scale, (byte) nibbles, List.of(tensors));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      return QuantizedWeights.read(checkpoint, checkpoint.config().orElseThrow());
    }
  }

  private static CheckpointWeights.Stored only(
      SortedMap<String, CheckpointWeights.Stored> weights, String name) {
    return Optional.ofNullable(weights.get(name)).orElseThrow();
  }

  private void write(String quantization, short scale, byte nibbles, List<TensorInfo> tensors) {
    String config = "{\"quantization_config\": " + quantization + "}";
    OutputFile.write(directory.resolve("config.json"), config.getBytes(StandardCharsets.UTF_8));
    List<TensorInfo> sorted = new ArrayList<>(tensors);
    try (OutputFile file = OutputFile.create(directory.resolve("model.safetensors"))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, sorted);
      for (TensorInfo tensor : sorted) {
        byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
        java.util.Arrays.fill(bytes, nibbles);
        for (int i = 0; tensor.name().endsWith(".scales") && i + 1 < bytes.length; i += 2) {
          bytes[i] = (byte) scale;
          bytes[i + 1] = (byte) (scale >> 8);
        }
        writer.append(tensor.name(), MemorySegment.ofArray(bytes));
      }
      writer.finish();
      file.commit();
    }
  }

  private void assertRefused(
      ErrorCode code, String item, String quantization, TensorInfo... tensors) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> read(quantization, ONE, tensors));
    assertEquals(code, e.problem().code(), e.getMessage());
    assertTrue(e.problem().item().contains(item), e.getMessage());
  }

  @Test
  void eightBitWeightsAreRead() {
    SortedMap<String, CheckpointWeights.Stored> weights =
        read(note(INT8), ONE, DATA8, SCALES8, NORM);
    assertEquals(List.of("norm", "w"), List.copyOf(weights.keySet()));
    CheckpointWeights.Stored stored = only(weights, "w");
    assertEquals(Shape.of(4, 70), stored.shape());
    assertEquals(
        new Encoding.Int8PerChannel(),
        assertInstanceOf(Weight.Source.Quantized.class, stored.source()).encoding());
    assertInstanceOf(Weight.Source.Stored.class, only(weights, "norm").source());
  }

  @Test
  void fourBitWeightsHaveTheShapeOfTheirNumbers() {
    CheckpointWeights.Stored stored = only(read(note(INT4), ONE, DATA4, SCALES4), "w");
    assertEquals(Shape.of(4, 70), stored.shape());
    assertEquals(
        new Encoding.Int4Blocks(32),
        assertInstanceOf(Weight.Source.Quantized.class, stored.source()).encoding());
  }

  /** Tensors that are no scales hold bytes that are one number in F32: 0x3f3f3f3f, about 0.747. */
  @Test
  void factorsOfInputsAreRead() {
    TensorInfo factors = new TensorInfo("w.input_factors", DType.F32, Shape.of(70));
    SortedMap<String, CheckpointWeights.Stored> weights =
        read(note(FACTORS), ONE, 0x3f, DATA8, SCALES8, factors);
    assertEquals(List.of("w"), List.copyOf(weights.keySet()));
    assertEquals(0.747f, only(weights, "w").inputFactors().orElseThrow().floats()[69], 1e-3f);
  }

  @Test
  void factorsOfAnotherWidthAreRefused() {
    TensorInfo factors = new TensorInfo("w.input_factors", DType.F32, Shape.of(4));
    assertRefused(
        ImportError.QUANTIZED_TENSOR, factors.name(), note(FACTORS), DATA8, SCALES8, factors);
  }

  /** 0x88888888 is negative. */
  @Test
  void factorsThatAreNotPositiveAreRefused() {
    TensorInfo factors = new TensorInfo("w.input_factors", DType.F32, Shape.of(70));
    assertRefused(
        ImportError.QUANTIZED_TENSOR, factors.name(), note(FACTORS), DATA8, SCALES8, factors);
  }

  @Test
  void factorsOfWhatIsNoLinearLayerAreRefused() {
    TensorInfo factors = new TensorInfo("w.input_factors", DType.F32, Shape.of(70));
    CheckpointWeights weights =
        new CheckpointWeights("m", read(note(FACTORS), ONE, 0x3f, DATA8, SCALES8, factors));
    ProblemException refused =
        assertThrows(
            ProblemException.class,
            () -> weights.take("w", Weight.Role.EMBEDDING, Shape.of(4, 70)));
    assertEquals(ImportError.QUANTIZED_TENSOR, refused.problem().code());
  }

  @Test
  void withoutANoteEveryTensorIsPlain() {
    assertEquals(3, read("null", ONE, DATA8, SCALES8, NORM).size());
  }

  @Test
  void otherMethodsAreRefused() {
    assertRefused(
        ImportError.UNKNOWN_QUANTIZATION,
        "quant_method",
        "{\"quant_method\": \"bitsandbytes\"}",
        NORM);
  }

  @Test
  void laterVersionsAreRefused() {
    assertRefused(
        JsonError.OUT_OF_RANGE, "version", note(INT8).replace(": 1,", ": 2,"), DATA8, SCALES8);
  }

  @Test
  void unknownFieldsAreRefused() {
    assertRefused(
        JsonError.UNKNOWN_FIELD, "bits", note(INT8).replace("}}}", "}}, \"bits\": 8}"), NORM);
  }

  @Test
  void unknownEncodingsAreRefused() {
    assertRefused(
        ImportError.UNKNOWN_QUANTIZATION,
        "w.encoding",
        note(INT8.replace("int8", "int3")),
        DATA8,
        SCALES8);
  }

  @Test
  void missingDataAreRefused() {
    assertRefused(CheckpointError.NO_SUCH_TENSOR, "w", note(INT8), SCALES8);
  }

  @Test
  void missingScalesAreRefused() {
    assertRefused(CheckpointError.NO_SUCH_TENSOR, "w.scales", note(INT8), DATA8);
  }

  @Test
  void dataOfAnotherTypeAreRefused() {
    TensorInfo unsigned = new TensorInfo("w", DType.U8, Shape.of(4, 70));
    assertRefused(ImportError.QUANTIZED_TENSOR, "w", note(INT8), unsigned, SCALES8);
  }

  @Test
  void dataOfAnotherShapeAreRefused() {
    TensorInfo short4 = new TensorInfo("w", DType.U8, Shape.of(4, 2, 16));
    assertRefused(ImportError.QUANTIZED_TENSOR, "w", note(INT4), short4, SCALES4);
    TensorInfo short8 = new TensorInfo("w", DType.I8, Shape.of(4, 69));
    assertRefused(ImportError.QUANTIZED_TENSOR, "w", note(INT8), short8, SCALES8);
  }

  @Test
  void scalesOfAnotherShapeAreRefused() {
    assertRefused(
        ImportError.QUANTIZED_TENSOR,
        "w.scales",
        note(INT4),
        DATA4,
        new TensorInfo("w.scales", DType.F16, Shape.of(12)));
  }

  @Test
  void scalesOfAnotherTypeAreRefused() {
    assertRefused(
        ImportError.QUANTIZED_TENSOR,
        "w.scales",
        note(INT8),
        DATA8,
        new TensorInfo("w.scales", DType.F32, Shape.of(4)));
  }

  @Test
  void scalesThatAreNotFiniteAreRefused() {
    ProblemException e =
        assertThrows(
            ProblemException.class, () -> read(note(INT8), (short) 0x7c00, DATA8, SCALES8));
    assertEquals(ImportError.QUANTIZED_TENSOR, e.problem().code());
    assertEquals("w.scales", e.problem().item());
  }

  @Test
  void scalesThatAreNoNumbersAreRefused() {
    ProblemException e =
        assertThrows(
            ProblemException.class, () -> read(note(INT8), (short) 0x7e00, DATA8, SCALES8));
    assertEquals(ImportError.QUANTIZED_TENSOR, e.problem().code());
  }

  @ParameterizedTest
  @ValueSource(shorts = {0, 1, (short) 0x8000, (short) 0xbc00})
  void scalesThatAreZeroTinyOrNegativeAreNumbersLikeOthers(short scale) {
    assertEquals(List.of("w"), List.copyOf(read(note(INT8), scale, DATA8, SCALES8).keySet()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 0x78, 0x87})
  void paddingThatSaysSomethingIsRefused(int nibbles) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> read(note(INT4), ONE, nibbles, DATA4, SCALES4));
    assertEquals(ImportError.QUANTIZED_TENSOR, e.problem().code());
    assertEquals("w", e.problem().item());
  }

  @Test
  void rowsOfWholeBlocksHaveNoPadding() {
    TensorInfo whole = new TensorInfo("w", DType.U8, Shape.of(4, 3, 16));
    assertEquals(1, read(note(INT4.replace("70", "96")), ONE, 0, whole, SCALES4).size());
  }

  @Test
  void paddingOfAsymmetricBlocksIsTheirZeroPoint() {
    String asymmetric = note(INT4.replace("int4-g32", "int4-g32-asym"));
    TensorInfo zeros = new TensorInfo("w.zero_points", DType.U8, Shape.of(4, 2));
    assertEquals(1, read(asymmetric, ONE, 0x88, DATA4, SCALES4, zeros).size());
    ProblemException e =
        assertThrows(
            ProblemException.class, () -> read(asymmetric, ONE, 0x33, DATA4, SCALES4, zeros));
    assertEquals("w.zero_points", e.problem().item());
  }

  @Test
  void fourBitsNeedAMatrix() {
    assertRefused(
        ImportError.QUANTIZED_TENSOR,
        "w.shape",
        note(INT4.replace("[4, 70]", "[4, 7, 10]")),
        DATA4,
        SCALES4);
  }

  @Test
  void eightBitsNeedRows() {
    assertRefused(
        ImportError.QUANTIZED_TENSOR,
        "w.shape",
        note(INT8.replace("[4, 70]", "[280]")),
        DATA8,
        SCALES8);
  }

  @Test
  void dimensionsWhoseProductOverflowsAreRefused() {
    String huge = "[2147483647, 2147483647, 2147483647]";
    assertRefused(
        ImportError.QUANTIZED_TENSOR,
        "w.shape",
        note(INT8.replace("[4, 70]", huge)),
        DATA8,
        SCALES8);
  }
}
