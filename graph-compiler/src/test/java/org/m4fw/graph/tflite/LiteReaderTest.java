package org.m4fw.graph.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;

/** Files that are read back, and files that are refused. */
final class LiteReaderTest {
  private static final Operation SUM =
      new Operation(
          BuiltinOperator.ADD, 1, List.of(0, 1), List.of(2), List.of(new Option.Choice(0, 0)), "");

  @TempDir Path directory;

  private final List<Content> buffers =
      new ArrayList<>(
          List.of(new Content.Given(new byte[0]), new Content.Given(new byte[4 * 512])));
  private final List<Tensor> tensors =
      new ArrayList<>(
          List.of(
              new Tensor("x", TensorType.FLOAT32, List.of(512), 0, Optional.empty()),
              new Tensor("w", TensorType.FLOAT32, List.of(512), 1, Optional.empty()),
              new Tensor("y", TensorType.FLOAT32, List.of(512), 0, Optional.empty())));
  private final List<Operation> operations = new ArrayList<>(List.of(SUM));
  private SortedMap<String, Integer> inputs = new TreeMap<>(Map.of("x", 0));
  private SortedMap<String, Integer> outputs = new TreeMap<>(Map.of("y", 2));

  @Test
  void whatIsWrittenIsRead() throws IOException {
    LiteModel read = LiteReader.read("test", MemorySegment.ofArray(bytes()));
    Signature signature = read.signatures().getFirst();
    assertEquals("main", signature.key());
    assertEquals(tensors, signature.tensors());
    assertEquals(inputs, signature.inputs());
    assertEquals(outputs, signature.outputs());
    Operation operation = signature.operations().getFirst();
    assertEquals(BuiltinOperator.ADD, operation.operator());
    assertEquals(List.of(0, 1), operation.inputs());
    assertEquals("test model", read.description());
  }

  @Test
  void sameModelIsTheSameBytes() throws IOException {
    assertArrayEquals(bytes(), bytes());
  }

  @Test
  void largeBuffersLieBehindTheFlatbufferAligned() throws IOException {
    LiteModel read = LiteReader.read("test", MemorySegment.ofArray(bytes()));
    Content.Within weights = (Content.Within) read.buffers().get(1);
    assertEquals(0, weights.offset() % 64);
    assertEquals(4 * 512, weights.size());
    assertEquals(bytes().length, weights.offset() + weights.size());
  }

  @Test
  void kernelIsPermutedOnItsWay() throws IOException {
    Path source = Files.write(directory.resolve("weights"), new byte[] {0, 1, 2, 3, 4, 5});
    buffers.set(
        1,
        new Content.Stored(
            new Extent(source, 0, 6),
            new Conversion.Permutation(1, List.of(2L, 3L), List.of(1, 0)),
            6));
    tensors.set(1, new Tensor("w", TensorType.INT8, List.of(3, 2), 1, Optional.empty()));
    byte[] bytes = bytes();
    assertArrayEquals(
        new byte[] {0, 3, 1, 4, 2, 5}, Arrays.copyOfRange(bytes, bytes.length - 6, bytes.length));
  }

  @Test
  void brainFloatsAreWidened() throws IOException {
    Path source =
        Files.write(directory.resolve("weights"), new byte[] {(byte) 0x80, 0x3f, 0, 0x40});
    buffers.set(1, new Content.Stored(new Extent(source, 0, 4), new Conversion.Widening(), 8));
    tensors.set(1, new Tensor("w", TensorType.FLOAT32, List.of(2), 1, Optional.empty()));
    byte[] bytes = bytes();
    assertArrayEquals(
        new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40},
        Arrays.copyOfRange(bytes, bytes.length - 8, bytes.length));
  }

  @Test
  void nibblesBecomeSigned() throws IOException {
    Path source = Files.write(directory.resolve("weights"), new byte[] {(byte) 0x80, 0x0f});
    buffers.set(1, new Content.Stored(new Extent(source, 0, 2), new Conversion.SignedNibbles(), 2));
    tensors.set(1, new Tensor("w", TensorType.INT4, List.of(4), 1, Optional.empty()));
    byte[] bytes = bytes();
    assertArrayEquals(
        new byte[] {0x08, (byte) 0x87}, Arrays.copyOfRange(bytes, bytes.length - 2, bytes.length));
  }

  /** What a head and its weights are, one behind the other, is the file itself. */
  @Test
  void weightsLieBehindTheHeadWhereOthersReadThemToo() throws IOException {
    byte[] weights = new byte[3 * 4096];
    weights[4096] = 7;
    byte[] head = head(4096);
    assertEquals(0, head.length % LiteWriter.PAGE);
    byte[] whole = Arrays.copyOf(head, head.length + weights.length);
    System.arraycopy(weights, 0, whole, head.length, weights.length);
    for (LiteModel read :
        List.of(
            read(whole), LiteReader.read("test", MemorySegment.ofArray(head), weights.length))) {
      Content.Within found = (Content.Within) read.buffers().get(1);
      assertEquals(new Content.Within(head.length + 4096L, 2048), found);
      assertEquals(tensors, read.signatures().getFirst().tensors());
    }
  }

  @Test
  void rangeBehindTheWeightsIsRefused() throws IOException {
    byte[] head = head(4096);
    MemorySegment bytes = MemorySegment.ofArray(head);
    LiteReader.read("test", bytes, 4096 + 2048);
    refused(bytes, 4096 + 2047);
    refused(bytes, 0);
  }

  @Test
  void rangeFromTheHeadIntoTheWeightsIsRefused() throws IOException {
    byte[] head = head(0);
    long at = head.length;
    // The only range that begins where the weights do.
    for (int i = 0; i + 8 <= head.length; i += 4) {
      MemorySegment bytes = MemorySegment.ofArray(head);
      var number = java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
      if (bytes.get(number, i) == at) {
        bytes.set(number, i, at - 64);
        refused(bytes, 4096);
        return;
      }
    }
    throw new AssertionError("no range found");
  }

  private void refused(MemorySegment head, long behind) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> LiteReader.read("test", head, behind));
    assertEquals(LiteError.INCONSISTENT, e.problem().code(), e.getMessage());
  }

  private byte[] head(long place) throws IOException {
    Path source = Files.write(directory.resolve("weights"), new byte[2048]);
    Extent extent = new Extent(source, 0, 2048);
    buffers.set(1, new Content.Stored(extent, new Conversion.None(), 2048));
    Path path = directory.resolve("head");
    try (OutputFile file = OutputFile.create(path)) {
      LiteWriter.appendHead(model(), file, found -> place);
      file.commit();
    }
    return Files.readAllBytes(path);
  }

  @Test
  void axesOfOneElementNeedNoOtherOrder() {
    assertEquals(
        new Conversion.None(),
        Conversion.permutation(2, List.of(8L, 4L, 1L, 1L), List.of(0, 2, 3, 1)));
    assertEquals(
        new Conversion.Permutation(2, List.of(8L, 4L, 3L, 1L), List.of(0, 2, 3, 1)),
        Conversion.permutation(2, List.of(8L, 4L, 3L, 1L), List.of(0, 2, 3, 1)));
  }

  @Test
  void everyTruncatedFileIsRefused() throws IOException {
    byte[] whole = bytes();
    for (int length = 0; length < whole.length; length += length < 600 ? 1 : 97) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(
          ProblemException.class, () -> LiteReader.read("test", MemorySegment.ofArray(part)));
    }
  }

  /** Nothing but a problem comes of it, whatever a byte becomes. */
  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    byte[] whole = bytes();
    int graph = (int) ((Content.Within) read(whole).buffers().get(1)).offset();
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(graph)] = (byte) random.nextInt(256);
      try {
        read(damaged);
      } catch (ProblemException e) {
        refused++;
      }
    }
    assertTrue(refused > 5_000, "only %s refused".formatted(refused));
  }

  @Test
  void otherIdentifierIsRefused() throws IOException {
    byte[] bytes = bytes();
    bytes[7] = '2';
    refused(bytes, LiteError.MALFORMED, "TFL3");
  }

  @Test
  void constantOfAnotherSizeIsRefused() throws IOException {
    tensors.set(1, new Tensor("w", TensorType.FLOAT32, List.of(511), 1, Optional.empty()));
    refused(bytes(), LiteError.INCONSISTENT, "2048 bytes, expected 2044");
  }

  @Test
  void bufferThatIsNotThereIsRefused() throws IOException {
    tensors.set(1, new Tensor("w", TensorType.FLOAT32, List.of(512), 2, Optional.empty()));
    refused(bytes(), LiteError.INCONSISTENT, "buffer 2");
  }

  @Test
  void firstBufferWithContentIsRefused() throws IOException {
    buffers.set(0, new Content.Given(new byte[1]));
    refused(bytes(), LiteError.INCONSISTENT, "first buffer");
  }

  @Test
  void tensorThatIsNotThereIsRefused() throws IOException {
    operations.set(
        0, new Operation(BuiltinOperator.ADD, 1, List.of(0, 3), List.of(2), List.of(), ""));
    refused(bytes(), LiteError.INCONSISTENT, "tensor 3");
  }

  @Test
  void operationsInTheWrongOrderAreRefused() throws IOException {
    tensors.add(new Tensor("z", TensorType.FLOAT32, List.of(512), 0, Optional.empty()));
    operations.addFirst(
        new Operation(BuiltinOperator.SQRT, 1, List.of(2), List.of(3), List.of(), ""));
    refused(bytes(), LiteError.INCONSISTENT, "not there yet: y");
  }

  @Test
  void secondResultForATensorIsRefused() throws IOException {
    operations.add(SUM);
    refused(bytes(), LiteError.INCONSISTENT, "second value for y");
  }

  @Test
  void outputThatNothingGivesIsRefused() throws IOException {
    tensors.add(new Tensor("z", TensorType.FLOAT32, List.of(512), 0, Optional.empty()));
    outputs = new TreeMap<>(Map.of("z", 3));
    refused(bytes(), LiteError.INCONSISTENT, "nothing gives");
  }

  @Test
  void inputThatIsConstantIsRefused() throws IOException {
    inputs = new TreeMap<>(Map.of("w", 1));
    refused(bytes(), LiteError.INCONSISTENT, "constant");
  }

  @Test
  void scaleThatIsNotPositiveIsRefused() throws IOException {
    quantized(new Quantization.Affine(List.of(0f), List.of(0L), 0));
    refused(bytes(), LiteError.INCONSISTENT, "scale");
  }

  @Test
  void scalesForAnotherAxisAreRefused() throws IOException {
    quantized(new Quantization.Affine(List.of(1f, 2f), List.of(0L, 0L), 0));
    refused(bytes(), LiteError.INCONSISTENT, "2 scales");
  }

  @Test
  void blocksThatDoNotFitAreRefused() throws IOException {
    quantized(new Quantization.Blocks(1, 96));
    refused(bytes(), LiteError.INCONSISTENT, "blocks of 96");
  }

  private void quantized(Quantization quantization) {
    tensors.set(1, new Tensor("w", TensorType.FLOAT32, List.of(512), 1, Optional.of(quantization)));
  }

  private static LiteModel read(byte[] bytes) {
    return LiteReader.read("test", MemorySegment.ofArray(bytes));
  }

  private static void refused(byte[] bytes, ErrorCode code, String message) {
    ProblemException e = assertThrows(ProblemException.class, () -> read(bytes));
    assertEquals(code, e.problem().code(), e.getMessage());
    assertTrue(e.problem().message().contains(message), e.getMessage());
  }

  private byte[] bytes() throws IOException {
    Path file = directory.resolve("model.tflite");
    try (OutputFile out = OutputFile.create(file)) {
      LiteWriter.append(model(), out);
      out.commit();
    }
    return Files.readAllBytes(file);
  }

  private LiteModel model() {
    return new LiteModel(
        "test model",
        buffers,
        List.of(new Signature("main", tensors, inputs, outputs, operations)));
  }
}
