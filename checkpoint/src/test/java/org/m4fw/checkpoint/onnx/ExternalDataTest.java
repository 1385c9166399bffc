package org.m4fw.checkpoint.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** Initializers whose data are in files beside the graph, and in files that they must not be in. */
final class ExternalDataTest {
  @TempDir Path directory;

  @Test
  void dataBesideTheGraphAreReadWhereTheyAre() throws IOException {
    data("w.bin", 12);
    try (Checkpoint checkpoint = open(OnnxBuilder.external("w.bin", "4", "8", 2))) {
      Tensor tensor = checkpoint.tensor("w");
      assertEquals(4, tensor.extent().offset());
      assertEquals(directory.resolve("w.bin"), tensor.extent().file());
      assertArrayEquals(new float[2], TensorFloats.all(tensor));
      assertEquals(2, checkpoint.files().size());
    }
  }

  @Test
  void dataInADirectoryBelowAreRead() throws IOException {
    Files.createDirectories(directory.resolve("weights"));
    data("weights/w.bin", 4);
    try (Checkpoint checkpoint = open(OnnxBuilder.external("weights/w.bin", "0", "4", 1))) {
      assertEquals(4, checkpoint.tensor("w").byteSize());
    }
  }

  @Test
  void pathsThatLeaveTheDirectoryAreRefused() throws IOException {
    data("w.bin", 4);
    for (String location :
        new String[] {
          "../w.bin",
          "a/../../w.bin",
          "./w.bin",
          "/etc/hostname",
          "a//w.bin",
          "..\\w.bin",
          "C:w.bin",
          "w.bin\0",
          "w.bin/"
        }) {
      refused(OnnxFileError.LOCATION, OnnxBuilder.external(location, "0", "4", 1));
    }
  }

  @Test
  void addressesInMemoryAreNoFiles() throws IOException {
    refused(FileError.NOT_FOUND, OnnxBuilder.external("*/_ORT_MEM_ADDR_/*", "4096", "4", 1));
  }

  @Test
  void symbolicLinksAreRefused() throws IOException {
    data("real.bin", 4);
    Files.createSymbolicLink(directory.resolve("w.bin"), directory.resolve("real.bin"));
    refused(OnnxFileError.SYMBOLIC_LINK, OnnxBuilder.external("w.bin", "0", "4", 1));
  }

  @Test
  void directoriesThatAreSymbolicLinksAreRefused() throws IOException {
    Files.createDirectories(directory.resolve("real"));
    data("real/w.bin", 4);
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));
    refused(OnnxFileError.SYMBOLIC_LINK, OnnxBuilder.external("link/w.bin", "0", "4", 1));
  }

  @Test
  void hardLinksAreRefused() throws IOException {
    data("real.bin", 4);
    Files.createLink(directory.resolve("w.bin"), directory.resolve("real.bin"));
    refused(OnnxFileError.HARD_LINK, OnnxBuilder.external("w.bin", "0", "4", 1));
  }

  @Test
  void whatIsNoRegularFileIsRefused() throws IOException {
    Files.createDirectories(directory.resolve("w.bin"));
    refused(OnnxFileError.NOT_REGULAR, OnnxBuilder.external("w.bin", "0", "4", 1));
  }

  @Test
  void aMissingDataFileIsRefused() throws IOException {
    refused(FileError.NOT_FOUND, OnnxBuilder.external("w.bin", "0", "4", 1));
  }

  @Test
  void rangesBeyondTheEndAreRefused() throws IOException {
    data("w.bin", 8);
    refused(OnnxFileError.DATA_OUT_OF_RANGE, OnnxBuilder.external("w.bin", "5", "4", 1));
    refused(
        OnnxFileError.DATA_OUT_OF_RANGE,
        OnnxBuilder.external("w.bin", "999999999999999999", "4", 1));
    refused(OnnxFileError.DATA_OUT_OF_RANGE, OnnxBuilder.external("w.bin", "0", "12", 3));
  }

  @Test
  void lengthsThatTheShapeDoesNotNeedAreRefused() throws IOException {
    data("w.bin", 8);
    refused(OnnxFileError.DATA_SIZE, OnnxBuilder.external("w.bin", "0", "8", 1));
  }

  private void data(String name, int bytes) throws IOException {
    Files.write(directory.resolve(name), new byte[bytes]);
  }

  private Checkpoint open(OnnxBuilder tensor) throws IOException {
    Path file = directory.resolve("model.onnx");
    Files.write(file, OnnxBuilder.withInitializers(tensor));
    return Checkpoint.open(file);
  }

  private void refused(ErrorCode code, OnnxBuilder tensor) throws IOException {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> open(tensor).close(), code.name());
    assertEquals(code, problem.problem().code(), problem.problem().text());
  }
}
