package org.m4fw.checkpoint.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ProblemException;

/** What is read of an ONNX file, and what is refused. */
final class OnnxFileTest {
  private static final int F32 = 1;
  private static final int I64 = 7;

  @TempDir Path directory;

  private static OnnxFile read(byte[] file) {
    return OnnxFile.read(Path.of("a.onnx"), MemorySegment.ofArray(file));
  }

  private static void refused(OnnxFileError code, byte[] file) {
    ProblemException problem = assertThrows(ProblemException.class, () -> read(file), code.name());
    assertEquals(code, problem.problem().code(), problem.problem().text());
  }

  private static void refusedTensor(OnnxFileError code, OnnxBuilder tensor) {
    refused(code, OnnxBuilder.withInitializers(tensor));
  }

  @Test
  void initializersAreFoundAndTheGraphIsKeptWithoutThem() {
    OnnxBuilder node = new OnnxBuilder().text(1, "w").text(2, "y").text(4, "Relu");
    OnnxBuilder rest = new OnnxBuilder().message(1, node);
    OnnxBuilder graph =
        new OnnxBuilder()
            .message(1, node)
            .message(5, OnnxBuilder.tensor("w", F32, 2).floats(9, 1, 2))
            .text(10, "documentation");
    OnnxFile file = read(OnnxBuilder.model().message(7, graph).bytes());
    assertEquals(java.util.Set.of("w"), file.tensors().keySet());
    assertArrayEquals(new OnnxBuilder().number(1, 8).message(7, rest).bytes(), file.graph());
  }

  @Test
  void integersOfVaryingLengthAreDecoded() {
    byte[] numbers = new OnnxBuilder().varint(-1).varint(300).bytes();
    OnnxFile file =
        read(OnnxBuilder.withInitializers(OnnxBuilder.tensor("n", I64, 2).bytes(7, numbers)));
    OnnxTensor tensor = file.tensors().firstEntry().getValue();
    assertInstanceOf(OnnxTensor.Data.Decoded.class, tensor.data());
    byte[] bytes = ((OnnxTensor.Data.Decoded) tensor.data()).bytes();
    byte[] expected = {-1, -1, -1, -1, -1, -1, -1, -1, 44, 1, 0, 0, 0, 0, 0, 0};
    assertArrayEquals(expected, bytes);
  }

  @Test
  void everyCutIsRefused() {
    byte[] whole = OnnxBuilder.withInitializers(OnnxBuilder.tensor("w", F32, 2).floats(9, 1, 2));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(ProblemException.class, () -> read(cut), length + " bytes");
    }
  }

  @Test
  void aFileBeyondTheLimitOfTheFormatIsRefused() throws IOException {
    Path file = directory.resolve("large.onnx");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 31);
    }
    try (MappedFile large = MappedFile.open(file)) {
      ProblemException problem =
          assertThrows(ProblemException.class, () -> OnnxFile.read(file, large.segment()));
      assertEquals(OnnxFileError.TOO_LARGE, problem.problem().code());
    }
  }

  @Test
  void aFileWithoutAGraphIsRefused() {
    refused(OnnxFileError.NO_GRAPH, OnnxBuilder.model().bytes());
  }

  @Test
  void twoGraphsAreRefused() {
    OnnxBuilder graph = new OnnxBuilder();
    refused(
        OnnxFileError.MALFORMED, OnnxBuilder.model().message(7, graph).message(7, graph).bytes());
  }

  @Test
  void functionsOfTheFileItselfAreRefused() {
    refused(OnnxFileError.UNSUPPORTED, OnnxBuilder.model().message(25, new OnnxBuilder()).bytes());
  }

  @Test
  void trainingIsRefused() {
    refused(OnnxFileError.UNSUPPORTED, OnnxBuilder.model().message(20, new OnnxBuilder()).bytes());
  }

  @Test
  void sparseInitializersAreRefused() {
    OnnxBuilder graph = new OnnxBuilder().message(15, new OnnxBuilder());
    refused(OnnxFileError.UNSUPPORTED, OnnxBuilder.model().message(7, graph).bytes());
  }

  @Test
  void moreNodesThanAnyModelHasAreRefused() {
    byte[] nodes = new byte[2 * 100_001];
    for (int i = 0; i < nodes.length; i += 2) {
      nodes[i] = 10;
    }
    refused(OnnxFileError.LIMIT, OnnxBuilder.model().bytes(7, nodes).bytes());
  }

  @Test
  void moreAttributesThanAnyModelHasAreRefused() {
    byte[] attributes = new byte[2 * 2_000_001];
    for (int i = 0; i < attributes.length; i += 2) {
      attributes[i] = 5 << 3 | 2;
    }
    OnnxBuilder graph = new OnnxBuilder().bytes(1, attributes);
    refused(OnnxFileError.LIMIT, OnnxBuilder.model().message(7, graph).bytes());
  }

  @Test
  void integersOfMoreThanTenBytesAreRefused() {
    byte[] file = new byte[12];
    Arrays.fill(file, (byte) 0xff);
    file[0] = 8;
    refused(OnnxFileError.MALFORMED, file);
  }

  @Test
  void groupsAreRefused() {
    refused(OnnxFileError.MALFORMED, OnnxBuilder.model().varint(9 << 3 | 3).bytes());
  }

  @Test
  void lengthsBeyondTheMessageAreRefused() {
    refused(OnnxFileError.END, OnnxBuilder.model().varint(7 << 3 | 2).varint(1L << 40).bytes());
    refused(OnnxFileError.END, OnnxBuilder.model().varint(7 << 3 | 2).varint(-1).bytes());
  }

  @Test
  void twoInitializersOfOneNameAreRefused() {
    OnnxBuilder tensor = OnnxBuilder.tensor("w", F32, 1).floats(9, 1);
    refused(OnnxFileError.DUPLICATE, OnnxBuilder.withInitializers(tensor, tensor));
  }

  @Test
  void aNamelessInitializerIsRefused() {
    refusedTensor(OnnxFileError.MALFORMED, OnnxBuilder.tensor("", F32, 1).floats(9, 1));
  }

  @Test
  void textAsElementsIsRefused() {
    refusedTensor(OnnxFileError.ELEMENT_TYPE, OnnxBuilder.tensor("w", 8, 1));
  }

  @Test
  void productsOfDimensionsThatOverflowAreRefused() {
    refusedTensor(OnnxFileError.SHAPE, OnnxBuilder.tensor("w", F32, 1L << 32, 1L << 32));
    refusedTensor(OnnxFileError.SHAPE, OnnxBuilder.tensor("w", F32, 1L << 61));
  }

  @Test
  void negativeDimensionsAreRefused() {
    refusedTensor(OnnxFileError.SHAPE, OnnxBuilder.tensor("w", F32, -1, -1));
  }

  @Test
  void nineDimensionsAreRefused() {
    refusedTensor(OnnxFileError.LIMIT, OnnxBuilder.tensor("w", F32, 1, 1, 1, 1, 1, 1, 1, 1, 1));
  }

  @Test
  void fewerOrMoreBytesThanTheShapeNeedsAreRefused() {
    refusedTensor(OnnxFileError.DATA_SIZE, OnnxBuilder.tensor("w", F32, 2).floats(9, 1));
    refusedTensor(OnnxFileError.DATA_SIZE, OnnxBuilder.tensor("w", F32, 2).floats(4, 1, 2, 3));
    refusedTensor(OnnxFileError.DATA_SIZE, OnnxBuilder.tensor("w", F32, 2));
    byte[] one = {1};
    refusedTensor(OnnxFileError.DATA_SIZE, OnnxBuilder.tensor("w", I64, 2).bytes(7, one));
    byte[] three = {1, 2, 3};
    refusedTensor(OnnxFileError.DATA_SIZE, OnnxBuilder.tensor("w", I64, 2).bytes(7, three));
  }

  @Test
  void dataOfAnotherTypeAreRefused() {
    refusedTensor(OnnxFileError.MALFORMED, OnnxBuilder.tensor("w", I64, 1).floats(4, 1, 2));
    byte[] one = {1};
    refusedTensor(OnnxFileError.MALFORMED, OnnxBuilder.tensor("w", F32, 1).bytes(7, one));
  }

  @Test
  void dataInTwoPlacesAreRefused() {
    refusedTensor(
        OnnxFileError.MALFORMED, OnnxBuilder.tensor("w", F32, 1).floats(9, 1).floats(4, 1));
    refusedTensor(
        OnnxFileError.MALFORMED, OnnxBuilder.tensor("w", F32, 1).floats(9, 1).floats(9, 1));
    refusedTensor(OnnxFileError.MALFORMED, OnnxBuilder.external("w.bin", "0", "4", 1).floats(9, 1));
  }

  @Test
  void manyIntegersOfVaryingLengthAreRefused() {
    refusedTensor(
        OnnxFileError.LIMIT, OnnxBuilder.tensor("w", I64, 1 << 20).bytes(7, new byte[] {1}));
  }

  @Test
  void unknownFieldsOfExternalDataAreRefused() {
    refusedTensor(
        OnnxFileError.EXTERNAL_FIELD,
        OnnxBuilder.external("w.bin", "0", "4", 1).entry("basepath", "/"));
    refusedTensor(
        OnnxFileError.EXTERNAL_FIELD,
        OnnxBuilder.external("w.bin", "0", "4", 1).entry("offset", "4"));
  }

  @Test
  void offsetsThatAreNoNumbersAreRefused() {
    refusedTensor(OnnxFileError.EXTERNAL_FIELD, OnnxBuilder.external("w.bin", "-4", "4", 1));
    refusedTensor(
        OnnxFileError.EXTERNAL_FIELD,
        OnnxBuilder.external("w.bin", "18446744073709551615", "4", 1));
  }
}
