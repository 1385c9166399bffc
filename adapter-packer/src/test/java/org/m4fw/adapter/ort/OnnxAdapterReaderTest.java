package org.m4fw.adapter.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.flatbuffers.FlatBufferBuilder;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

class OnnxAdapterReaderTest {
  private static final Path FILE = Path.of("a.onnx_adapter");

  private static Tensor tensor(String name, Shape shape, float... values) {
    MemorySegment data = MemorySegment.ofArray(values);
    return new Tensor(name, DType.F32, shape, new Extent(FILE, 0, data.byteSize()), data);
  }

  private static LoraAdapter adapter(float last) {
    return new LoraAdapter(
        LoraScaling.ALPHA_OVER_RANK,
        List.of(
            new LoraPair(
                new AttachmentPoint("q", 3, 1),
                2,
                4,
                tensor("a", Shape.of(2, 3), 1, 2, 3, 4, 5, 6),
                tensor("b", Shape.of(1, 2), 7, last))),
        List.of());
  }

  private static SortedMap<String, Tensor> read(byte[] bytes) {
    return OnnxAdapterReader.read(FILE, 0, MemorySegment.ofArray(bytes));
  }

  private static void refused(ErrorCode code, byte[] bytes) {
    Problem problem = assertThrows(ProblemException.class, () -> read(bytes)).problem();
    assertEquals(code, problem.code(), problem.text());
  }

  /** One parameter with free choice of what may be wrong. */
  private record Made(
      List<String> names, List<Long> dims, int type, int bytes, int version, int align) {
    static final Made RIGHT = new Made(List.of("x"), List.of(2L), 1, 8, 1, 8);

    byte[] file() {
      FlatBufferBuilder builder = new FlatBufferBuilder();
      int[] parameters = new int[names.size()];
      for (int i = 0; i < names.size(); i++) {
        int name = builder.createString(names.get(i));
        builder.startVector(8, dims.size(), 8);
        for (int axis = dims.size() - 1; axis >= 0; axis--) {
          builder.addLong(dims.get(axis));
        }
        int shape = builder.endVector();
        builder.createUnintializedVector(1, bytes, align);
        int data = builder.endVector();
        builder.startTable(4);
        builder.addOffset(0, name, 0);
        builder.addOffset(1, shape, 0);
        builder.addInt(2, type, 0);
        builder.addOffset(3, data, 0);
        parameters[i] = builder.endTable();
      }
      builder.startVector(4, parameters.length, 4);
      for (int i = parameters.length - 1; i >= 0; i--) {
        builder.addOffset(parameters[i]);
      }
      int vector = builder.endVector();
      builder.startTable(4);
      builder.addInt(0, version, 0);
      builder.addOffset(3, vector, 0);
      builder.finish(builder.endTable(), "TORT");
      return builder.sizedByteArray();
    }
  }

  @Test
  void whatIsWrittenIsReadBack() {
    SortedMap<String, Tensor> tensors =
        read(OnnxAdapterFile.bytes("x", adapter(8).inputs(), DType.F32));
    assertEquals(List.of("q.lora_A.weight", "q.lora_B.weight"), List.copyOf(tensors.keySet()));
    List<Tensor> values = List.copyOf(tensors.values());
    assertEquals(Shape.of(3, 2), values.get(0).shape());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, TensorFloats.all(values.get(0)));
    assertArrayEquals(new float[] {14, 16}, TensorFloats.all(values.get(1)));
  }

  @Test
  void halvesAreWrittenForGraphsInHalfPrecision() {
    SortedMap<String, Tensor> tensors =
        read(OnnxAdapterFile.bytes("x", adapter(8).inputs(), DType.F16));
    Tensor b = List.copyOf(tensors.values()).get(1);
    assertEquals(DType.F16, b.dtype());
    assertArrayEquals(new float[] {14, 16}, TensorFloats.all(b));
  }

  @Test
  void valueBeyondHalfPrecisionIsRejected() {
    List<LoraInput> inputs = adapter(40_000).inputs();
    Problem problem =
        assertThrows(ProblemException.class, () -> OnnxAdapterFile.bytes("x", inputs, DType.F16))
            .problem();
    assertEquals(LoraError.F16_OVERFLOW, problem.code());
  }

  @Test
  void otherElementTypesAreNotWritten() {
    List<LoraInput> inputs = adapter(8).inputs();
    assertThrows(
        IllegalArgumentException.class, () -> OnnxAdapterFile.bytes("x", inputs, DType.BF16));
  }

  @Test
  void handMadeFileIsRead() {
    assertEquals(1, read(Made.RIGHT.file()).size());
  }

  @Test
  void fileWithoutIdentifierIsRejected() {
    byte[] bytes = Made.RIGHT.file();
    bytes[4] = 'X';
    refused(OnnxAdapterError.NOT_AN_ADAPTER, bytes);
  }

  @Test
  void otherFormatVersionIsRejected() {
    refused(OnnxAdapterError.VERSION, new Made(List.of("x"), List.of(2L), 1, 8, 2, 8).file());
  }

  @Test
  void unknownElementTypeIsRejected() {
    refused(OnnxAdapterError.UNKNOWN_TYPE, new Made(List.of("x"), List.of(2L), 7, 8, 1, 8).file());
  }

  @Test
  void dataShorterThanTheShapeIsRejected() {
    refused(OnnxAdapterError.WRONG_LENGTH, new Made(List.of("x"), List.of(3L), 1, 8, 1, 8).file());
  }

  @Test
  void nameGivenTwiceIsRejected() {
    refused(
        OnnxAdapterError.DUPLICATE_NAME,
        new Made(List.of("x", "x"), List.of(2L), 1, 8, 1, 8).file());
  }

  @Test
  void shapeWhoseProductOverflowsIsRejected() {
    refused(
        OnnxAdapterError.DAMAGED, new Made(List.of("x"), List.of(1L << 62, 4L), 1, 8, 1, 8).file());
  }

  @Test
  void negativeDimensionIsRejected() {
    refused(OnnxAdapterError.DAMAGED, new Made(List.of("x"), List.of(-2L), 1, 8, 1, 8).file());
  }

  @Test
  void unalignedDataIsRejected() {
    refused(OnnxAdapterError.DAMAGED, new Made(List.of("x"), List.of(2L), 1, 8, 1, 1).file());
  }

  @Test
  void offsetOutsideTheFileIsRejected() {
    byte[] bytes = Made.RIGHT.file();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, Integer.MIN_VALUE);
    refused(OnnxAdapterError.DAMAGED, bytes);
  }

  @Test
  void truncatedFileIsRejected() {
    byte[] bytes = Made.RIGHT.file();
    // Up to three bytes of padding at the end mean nothing.
    for (int length = 0; length < bytes.length - 3; length++) {
      byte[] cut = java.util.Arrays.copyOf(bytes, length);
      assertThrows(ProblemException.class, () -> read(cut));
    }
  }

  @Property(tries = 3000)
  void mutationsAreReadOrRefusedButNeverCrash(
      @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 400) Integer> places,
      @ForAll @Size(5) List<Byte> values) {
    byte[] bytes = OnnxAdapterFile.bytes("x", adapter(8).inputs(), DType.F32);
    for (int i = 0; i < places.size(); i++) {
      bytes[places.get(i) % bytes.length] = values.get(i);
    }
    try {
      read(bytes)
          .values()
          .forEach(tensor -> assertEquals(tensor.byteSize(), tensor.extent().length()));
    } catch (ProblemException refused) {
      assertEquals(FILE.toString(), refused.problem().file());
    }
  }
}
