package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;

class SafetensorsWriterTest {
  private static final TensorInfo A = new TensorInfo("a", DType.F32, Shape.of(2));
  private static final TensorInfo B = new TensorInfo("b", DType.U8, Shape.of(1));

  @TempDir Path directory;

  @Test
  void headerIsCanonicalAndPaddedToEight() {
    byte[] header = SafetensorsWriter.header(List.of(B, A), Map.of("z", "1"));
    assertEquals(0, header.length % 8);
    assertEquals(
        "{\"__metadata__\":{\"z\":\"1\"},"
            + "\"a\":{\"data_offsets\":[1,9],\"dtype\":\"F32\",\"shape\":[2]},"
            + "\"b\":{\"data_offsets\":[0,1],\"dtype\":\"U8\",\"shape\":[1]}}",
        new String(header, 8, header.length - 8, StandardCharsets.UTF_8).strip());
  }

  @Test
  void floatsAreWrittenAsTheyAre() throws IOException {
    Path path = directory.resolve("out.safetensors");
    try (OutputFile file = OutputFile.create(path)) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, List.of(A));
      writer.append("a", new float[] {1.5f, -2f});
      writer.finish();
      file.commit();
    }
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      float[] values = TensorFloats.all(checkpoint.tensor("a"));
      assertEquals(List.of(1.5f, -2f), List.of(values[0], values[1]));
    }
  }

  @Test
  void unfinishedTensorIsRefused() {
    try (OutputFile file = OutputFile.create(directory.resolve("out"))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, List.of(A));
      writer.append(MemorySegment.ofArray(new byte[7]));
      assertThrows(IllegalStateException.class, writer::finish);
    }
  }

  @Test
  void tooManyBytesAreRefused() {
    try (OutputFile file = OutputFile.create(directory.resolve("out"))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, List.of(A, B));
      assertThrows(
          IllegalStateException.class, () -> writer.append(MemorySegment.ofArray(new byte[9])));
    }
  }

  @Test
  void tensorOutOfOrderIsRefused() {
    try (OutputFile file = OutputFile.create(directory.resolve("out"))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, List.of(A, B));
      assertThrows(
          IllegalStateException.class,
          () -> writer.append("b", MemorySegment.ofArray(new byte[1])));
    }
  }

  @Test
  void equalNamesAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> SafetensorsWriter.header(List.of(A, A), Map.of()));
  }
}
