package org.m4fw.checkpoint.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

class GgufFileTest {
  private static final int F32 = 0;
  private static final int F16 = 1;
  private static final int Q4_K = 12;
  private static final int BF16 = 30;
  private static final int UINT32 = 4;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private static GgufFile read(byte[] file) {
    return GgufFile.read(Path.of("a.gguf"), MemorySegment.ofArray(file));
  }

  private static Problem refused(ErrorCode code, byte[] file) {
    Problem problem = assertThrows(ProblemException.class, () -> read(file), code.name()).problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  /** {@code token_embd.weight} [3, 2] in F16, then {@code bias} [5] in F32. */
  private static byte[] good() {
    return GgufBuilder.begin(2, 2)
        .entry("general.architecture", STRING)
        .text("llama")
        .entry("tokenizer.ggml.tokens", ARRAY)
        .u32(STRING)
        .u64(2)
        .text("a")
        .text("b")
        .tensor("token_embd.weight", F16, 0, 2, 3)
        .tensor("bias", F32, 32, 5)
        .end(32, 64);
  }

  private static byte[] single(int type, long offset, long... dims) {
    return GgufBuilder.begin(1, 0).tensor("w", type, offset, dims).end(32, 64);
  }

  private static GgufBuilder entry(String key, int type) {
    return GgufBuilder.begin(0, 1).entry(key, type);
  }

  @Test
  void tensorsHaveTheirOutermostDimensionFirst() {
    GgufFile file = read(good());
    GgufTensor tensor = Objects.requireNonNull(file.tensors().get("token_embd.weight"));
    assertEquals(List.of(3L, 2L), tensor.dims());
    assertEquals(12, tensor.byteSize());
    assertEquals(good().length - 64, tensor.begin());
    assertEquals(new GgufValue.Text("llama"), file.metadata().get("general.architecture"));
    assertTrue(
        file.metadata().get("tokenizer.ggml.tokens") instanceof GgufValue.Array array
            && array.count() == 2);
  }

  @Test
  void valuesOfEveryTypeAreRead() {
    GgufBuilder file = GgufBuilder.begin(0, 12);
    file.entry("00", 0).u8(255).entry("01", 1).u8(255).entry("02", 2).u8(255).u8(255);
    file.entry("03", 3).u8(255).u8(255).entry("04", 4).u32(-1).entry("05", 5).u32(-1);
    file.entry("06", 6).u32(Float.floatToIntBits(1.5f)).entry("07", 7).u8(1);
    file.entry("08", 8).text("é").entry("10", 10).u64(-1).entry("11", 11).u64(-1);
    file.entry("12", 12).u64(Double.doubleToLongBits(-2.5));
    Map<String, GgufValue> expected = new TreeMap<>();
    long[] wholes = {255, -1, 65535, -1, 0xffff_ffffL, -1};
    for (int i = 0; i < wholes.length; i++) {
      expected.put("0" + i, new GgufValue.Whole(wholes[i]));
    }
    expected.put("06", new GgufValue.Real(1.5));
    expected.put("07", new GgufValue.Flag(true));
    expected.put("08", new GgufValue.Text("é"));
    expected.put("10", new GgufValue.Whole(-1));
    expected.put("11", new GgufValue.Whole(-1));
    expected.put("12", new GgufValue.Real(-2.5));
    assertEquals(expected, read(file.cut()).metadata());
  }

  @Test
  void alignmentOfTheMetadataIsFollowed() {
    byte[] file =
        GgufBuilder.begin(2, 1)
            .entry("general.alignment", UINT32)
            .u32(128)
            .tensor("a", F32, 0, 1)
            .tensor("b", F32, 128, 1)
            .end(128, 132);
    GgufTensor tensor = Objects.requireNonNull(read(file).tensors().get("b"));
    assertEquals(file.length - 4, tensor.begin());
  }

  @Test
  void quantizedTensorsAreListed() {
    byte[] file = GgufBuilder.begin(1, 0).tensor("w", Q4_K, 0, 512).end(32, 288);
    GgufTensor tensor = Objects.requireNonNull(read(file).tensors().get("w"));
    assertEquals(GgufType.Q4_K, tensor.type());
    assertEquals(288, tensor.byteSize());
  }

  @Test
  void everyTruncationIsRejected() {
    byte[] good = good();
    // The last tensor ends 12 bytes before the end of its padding.
    for (int length = 4; length < good.length - 12; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThrows(ProblemException.class, () -> read(cut));
    }
  }

  @Test
  void otherMagicIsRejected() {
    refused(GgufError.NOT_GGUF, new GgufBuilder().ascii("GGML").u32(3).u64(0).u64(0).cut());
  }

  @Test
  void unknownVersionIsRejected() {
    refused(GgufError.VERSION, new GgufBuilder().ascii("GGUF").u32(1).u64(0).u64(0).cut());
  }

  @Test
  void bigEndianIsRejected() {
    refused(GgufError.BIG_ENDIAN, new GgufBuilder().ascii("GGUF").u32(3 << 24).u64(0).u64(0).cut());
  }

  @Test
  void hugeNumberOfTensorsIsRejected() {
    refused(GgufError.LIMIT, GgufBuilder.begin(-1, 0).cut());
    refused(GgufError.LIMIT, GgufBuilder.begin(1L << 40, 0).cut());
    refused(GgufError.END, GgufBuilder.begin(1000, 0).cut());
  }

  @Test
  void hugeNumberOfEntriesIsRejected() {
    refused(GgufError.LIMIT, GgufBuilder.begin(0, -1).cut());
    refused(GgufError.END, GgufBuilder.begin(0, 1000).cut());
  }

  @Test
  void stringOfHugeLengthIsRejected() {
    refused(GgufError.LIMIT, GgufBuilder.begin(0, 1).u64(-1).cut());
    refused(GgufError.LIMIT, entry("k", STRING).u64(-1).cut());
    refused(GgufError.END, entry("k", STRING).u64(1000).cut());
  }

  @Test
  void stringThatIsNotUtf8IsRejected() {
    refused(GgufError.TEXT, entry("k", STRING).u64(1).u8(0xff).cut());
  }

  @Test
  void unknownValueTypeIsRejected() {
    refused(GgufError.VALUE_TYPE, entry("k", 13).cut());
    refused(GgufError.VALUE_TYPE, entry("k", -1).cut());
    refused(GgufError.VALUE_TYPE, entry("k", ARRAY).u32(99).cut());
  }

  @Test
  void truthValueOtherThanZeroOrOneIsRejected() {
    refused(GgufError.FLAG, entry("k", BOOL).u8(2).cut());
  }

  @Test
  void arrayOfHugeLengthIsRejected() {
    refused(GgufError.LIMIT, entry("k", ARRAY).u32(UINT32).u64(1L << 62).cut());
    refused(GgufError.END, entry("k", ARRAY).u32(UINT32).u64(1000).cut());
    refused(GgufError.LIMIT, entry("k", ARRAY).u32(STRING).u64(1).u64(-1).cut());
  }

  @Test
  void arrayOfArraysIsRejected() {
    refused(GgufError.NESTED_ARRAY, entry("k", ARRAY).u32(ARRAY).u64(1).cut());
  }

  @Test
  void keyThatIsThereTwiceIsRejected() {
    refused(
        GgufError.DUPLICATE,
        GgufBuilder.begin(0, 2).entry("k", BOOL).u8(1).entry("k", BOOL).u8(1).cut());
  }

  @Test
  void tensorThatIsThereTwiceIsRejected() {
    refused(
        GgufError.DUPLICATE,
        GgufBuilder.begin(2, 0).tensor("w", F32, 0, 8).tensor("w", F32, 32, 8).end(32, 64));
  }

  @Test
  void alignmentThatIsNoPowerOfTwoIsRejected() {
    for (long alignment : new long[] {0, 3, 48, 0xffff_ffffL, 1L << 31}) {
      refused(GgufError.ALIGNMENT, entry("general.alignment", UINT32).u32(alignment).cut());
    }
    refused(GgufError.ALIGNMENT, entry("general.alignment", STRING).text("32").cut());
  }

  @Test
  void moreDimensionsThanFourAreRejected() {
    refused(GgufError.RANK, single(F32, 0, 1, 1, 1, 1, 1));
    refused(GgufError.RANK, GgufBuilder.begin(1, 0).text("w").u32(-1).cut());
  }

  @Test
  void dimensionsThatOverflowAreRejected() {
    refused(GgufError.SHAPE, single(F32, 0, 1L << 32, 1L << 32));
    refused(GgufError.SHAPE, single(F32, 0, 1L << 62));
    refused(GgufError.LIMIT, single(F32, 0, -1));
  }

  @Test
  void unknownTensorTypeIsRejected() {
    refused(GgufError.TENSOR_TYPE, single(4, 0, 8));
    refused(GgufError.TENSOR_TYPE, single(9999, 0, 8));
    refused(GgufError.TENSOR_TYPE, single(-1, 0, 8));
  }

  @Test
  void rowThatIsNoMultipleOfItsBlockIsRejected() {
    refused(GgufError.BLOCK, single(Q4_K, 0, 100));
  }

  @Test
  void offsetBesideItsPlaceIsRejected() {
    refused(GgufError.OFFSET, single(F32, 32, 8));
    refused(GgufError.OFFSET, single(F32, -32, 8));
    refused(
        GgufError.OFFSET,
        GgufBuilder.begin(2, 0).tensor("a", F32, 0, 8).tensor("b", F32, 0, 8).end(32, 32));
  }

  @Test
  void tensorPastTheEndIsRejected() {
    refused(GgufError.DATA_MISSING, single(F32, 0, 17));
    refused(GgufError.DATA_MISSING, single(F32, 0, 1L << 60));
  }

  @Test
  void trailingDataIsRejected() {
    refused(GgufError.DATA_TRAILING, single(F32, 0, 8));
  }

  @Test
  void checkpointHasThePlainTensors(@TempDir Path directory) throws IOException {
    // As many tensors as '{' has for its number, which must not make it safetensors.
    GgufBuilder file = GgufBuilder.begin('{', 0);
    for (int i = 0; i < '{'; i++) {
      file.tensor("w" + i, i == 7 ? BF16 : F32, 32L * i, 4, 2);
    }
    Files.write(directory.resolve("model-f32.gguf"), file.end(32, 32 * '{'));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      Tensor tensor = checkpoint.tensor("w7");
      assertEquals(DType.BF16, tensor.dtype());
      assertEquals(Shape.of(2, 4), tensor.shape());
      assertEquals('{', checkpoint.tensors().size());
    }
  }

  @Property(tries = 4000)
  void mutationsAreReadOrRefusedButNeverCrash(
      @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 400) Integer> places,
      @ForAll @Size(5) List<Byte> values) {
    byte[] file = good();
    for (int i = 0; i < places.size(); i++) {
      file[places.get(i) % file.length] = values.get(i);
    }
    try {
      for (GgufTensor tensor : read(file).tensors().values()) {
        assertTrue(tensor.begin() >= 0 && tensor.byteSize() <= file.length - tensor.begin());
      }
    } catch (ProblemException refused) {
      assertEquals("a.gguf", refused.problem().file());
    }
  }
}
