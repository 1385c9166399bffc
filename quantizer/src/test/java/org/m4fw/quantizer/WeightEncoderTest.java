package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.report.WeightReport;

class WeightEncoderTest {
  private static final Encoding INT8 = new Encoding.Int8PerChannel();
  private static final Encoding INT4 = new Encoding.Int4Blocks(32);
  private static final Encoding F16 = new Encoding.Plain(DType.F16);

  @TempDir Path directory = Path.of("");

  private record Result(ByteBuffer bytes, WeightReport report) {}

  private Result encode(Weight weight, Encoding encoding, int threads) {
    Path path = directory.resolve("weight");
    try (OutputFile file = OutputFile.create(path)) {
      WeightReport report =
          new WeightEncoder(OrderedWork.onThreads(threads), ScaleChoice.SEARCH)
              .encode(weight, encoding, file, packed(weight, encoding));
      file.commit();
      return new Result(ByteBuffer.wrap(Inputs.bytes(path)), report);
    }
  }

  private static Places packed(Weight weight, Encoding encoding) {
    long scales = encoding.dataBytes(weight.shape());
    return new Places(0, scales, scales + encoding.scaleBytes(weight.shape()));
  }

  private ProblemException refusal(QuantizerError code, Weight weight, Encoding encoding) {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> encode(weight, encoding, 2));
    assertEquals(code, problem.problem().code());
    assertEquals("model.safetensors", problem.problem().file());
    assertFalse(Files.exists(directory.resolve("weight")));
    return problem;
  }

  @Test
  void bytesAndReportDoNotDependOnTheNumberOfThreads() {
    Weight weight = Inputs.linear(700, 1000);
    for (Encoding encoding : Encodings.all()) {
      Result one = encode(weight, encoding, 1);
      for (int threads : new int[] {2, 5}) {
        Result several = encode(weight, encoding, threads);
        assertEquals(one.bytes(), several.bytes());
        assertEquals(one.report(), several.report());
      }
      assertEquals(encoding.bytes(weight.shape()), one.bytes().remaining());
    }
  }

  @Test
  void aNumberThatIsNotFiniteIsRefusedWithItsPlace() {
    float[] values = new float[2 * 64];
    values[64 + 7] = Float.NaN;
    for (Encoding encoding : new Encoding[] {INT8, INT4, F16}) {
      ProblemException problem =
          refusal(QuantizerError.NOT_FINITE, Inputs.linear(Shape.of(2, 64), values), encoding);
      assertTrue(problem.problem().text().contains("NaN at index [1, 7]"));
    }
  }

  @Test
  void aScaleBeyondF16IsRefused() {
    float[] values = new float[32];
    values[3] = 3e7f;
    refusal(QuantizerError.SCALE_OVERFLOW, Inputs.linear(Shape.of(1, 32), values), INT4);
  }

  @Test
  void aNumberBeyondF16IsRefused() {
    refusal(QuantizerError.VALUE_OVERFLOW, Inputs.linear(Shape.of(1, 2), 1, 1e6f), F16);
  }

  @Test
  void integersAreRefused() {
    Weight weight = Inputs.linear(2, 32);
    Tensor tensor = Inputs.tensor(weight);
    Tensor integers =
        new Tensor(tensor.name(), DType.I16, tensor.shape(), tensor.extent(), tensor.data());
    refusal(
        QuantizerError.NOT_FLOATING_POINT,
        new Weight(
            weight.name(), weight.role(), weight.shape(), new Weight.Source.Stored(integers)),
        INT8);
  }

  @Test
  void vectorsAreRefused() {
    refusal(QuantizerError.NOT_A_MATRIX, Inputs.linear(Shape.of(2), 1, 2), INT8);
  }

  @Test
  void convolutionsAreRefusedForFourBits() {
    refusal(QuantizerError.NOT_A_MATRIX, Inputs.linear(Shape.of(1, 2, 1), 1, 2), INT4);
  }

  @Test
  void emptyMatricesAreRefused() {
    refusal(QuantizerError.NOT_A_MATRIX, Inputs.linear(Shape.of(0, 32)), INT4);
  }

  @Test
  void rowsOfUnheardOfLengthAreRefused() {
    int columns = (1 << 24) + 1;
    Weight weight = Inputs.linear(Shape.of(1, columns), new float[columns]);
    refusal(QuantizerError.ROW_TOO_LONG, weight, INT8);
  }

  @Test
  void quantizedWeightsOfTheSameEncodingAreCopied() {
    Weight weight = Inputs.linear(4, 64);
    ByteBuffer bytes = encode(weight, INT8, 1).bytes();
    Result copied = encode(quantized(weight, INT8, bytes), INT8, 1);
    assertEquals(bytes, copied.bytes());
    assertEquals(Optional.empty(), copied.report().quality());
    assertEquals("int8", copied.report().from());
  }

  @Test
  void quantizedWeightsOfAnotherEncodingAreRefused() {
    Weight weight = Inputs.linear(4, 64);
    ByteBuffer bytes = encode(weight, INT8, 1).bytes();
    ProblemException problem =
        assertThrows(ProblemException.class, () -> encode(quantized(weight, INT8, bytes), INT4, 1));
    assertEquals(QuantizerError.QUANTIZED_ALREADY, problem.problem().code());
  }

  private static Weight quantized(Weight weight, Encoding encoding, ByteBuffer bytes) {
    int data = Math.toIntExact(encoding.dataBytes(weight.shape()));
    return new Weight(
        weight.name(),
        weight.role(),
        weight.shape(),
        new Weight.Source.Quantized(
            encoding,
            part(weight, bytes.slice(0, data)),
            part(weight, bytes.slice(data, bytes.capacity() - data))));
  }

  private static Tensor part(Weight weight, ByteBuffer bytes) {
    Tensor tensor = Inputs.tensor(weight);
    return new Tensor(
        tensor.name(),
        DType.U8,
        Shape.of(bytes.remaining()),
        tensor.extent(),
        MemorySegment.ofBuffer(bytes));
  }

  @Test
  void weightsThatHaveTheTypeAlreadyAreKept() {
    Weight weight = Inputs.linear(4, 64);
    Result kept = encode(weight, F16, 1);
    assertEquals(Inputs.tensor(weight).data().asByteBuffer(), kept.bytes());
    assertEquals(0, kept.report().quality().orElseThrow().noise());
  }
}
