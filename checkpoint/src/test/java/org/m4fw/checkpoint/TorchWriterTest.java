package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;

class TorchWriterTest {
  private static final TensorInfo MATRIX = new TensorInfo("a.weight", DType.F32, Shape.of(2, 3));
  private static final TensorInfo SCALAR = new TensorInfo("b", DType.F32, Shape.of());
  private static final TensorInfo LONG = new TensorInfo("c.long", DType.F16, Shape.of(3, 100));

  /** What torch.save of PyTorch 2.15 pickles for an OrderedDict of three tensors like these. */
  private static final String PICKLED =
      "gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQApUnEBKFgIAAAAYS53ZWlnaHRxAmN0b3JjaC5fdXRpbHMKX3Jl"
          + "YnVpbGRfdGVuc29yX3YyCnEDKChYBwAAAHN0b3JhZ2VxBGN0b3JjaApGbG9hdFN0b3JhZ2UKcQVYAQAAADBx"
          + "BlgDAAAAY3B1cQdLBnRxCFFLAEsCSwOGcQlLA0sBhnEKiWgAKVJxC3RxDFJxDVgBAAAAYnEOaAMoKGgEaAVY"
          + "AQAAADFxD2gHSwF0cRBRSwApKYloAClScRF0cRJScRNYBgAAAGMubG9uZ3EUaAMoKGgEY3RvcmNoCkhhbGZT"
          + "dG9yYWdlCnEVWAEAAAAycRZoB00sAXRxF1FLAEsDS2SGcRhLZEsBhnEZiWgAKVJxGnRxG1JxHHUu";

  @TempDir Path directory;

  private Path write(Optional<String> under, List<TensorInfo> tensors) {
    Path path = directory.resolve("t.pth");
    try (OutputFile file = OutputFile.create(path)) {
      TorchWriter writer = TorchWriter.begin(file, under, tensors);
      for (TensorInfo tensor : tensors) {
        byte[] bytes = new byte[(int) tensor.byteSize()];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) (i + tensor.name().length());
        }
        writer.append(MemorySegment.ofArray(bytes));
      }
      writer.finish();
      file.commit();
    }
    return path;
  }

  private static byte[] entry(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    try (var in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  @Test
  void pickleIsThatOfPyTorch() throws IOException {
    try (ZipFile zip =
        new ZipFile(write(Optional.empty(), List.of(MATRIX, SCALAR, LONG)).toFile())) {
      assertArrayEquals(Base64.getDecoder().decode(PICKLED), entry(zip, "t/data.pkl"));
    }
  }

  @Test
  void containerIsThatOfPyTorch() throws IOException {
    try (ZipFile zip = new ZipFile(write(Optional.empty(), List.of(MATRIX, SCALAR)).toFile())) {
      List<String> names = Collections.list(zip.entries()).stream().map(e -> e.getName()).toList();
      assertEquals(
          List.of(
              "t/data.pkl",
              "t/.format_version",
              "t/.storage_alignment",
              "t/byteorder",
              "t/data/0",
              "t/data/1",
              "t/version",
              "t/.data/serialization_id"),
          names);
      // Reading an entry to its end checks its checksum.
      assertEquals(24, entry(zip, "t/data/0").length);
      assertArrayEquals(new byte[] {1, 2, 3, 4}, entry(zip, "t/data/1"));
    }
  }

  @Test
  void whatIsWrittenIsReadBackAlignedTo64() {
    try (Checkpoint read =
        Checkpoint.open(write(Optional.of("model"), List.of(MATRIX, SCALAR, LONG)))) {
      assertEquals(3, read.tensors().size());
      for (TensorInfo tensor : List.of(MATRIX, SCALAR, LONG)) {
        Tensor found = read.tensor(tensor.name());
        assertEquals(tensor.dtype(), found.dtype());
        assertEquals(tensor.shape(), found.shape());
        assertEquals(0, found.extent().offset() % 64);
        assertEquals(tensor.name().length(), found.data().get(ValueLayout.JAVA_BYTE, 0));
      }
    }
  }

  @Test
  void thousandsOfTensorsAreReadBack() {
    List<TensorInfo> tensors = new ArrayList<>();
    for (int i = 0; i < 2001; i++) {
      tensors.add(new TensorInfo("t" + i, DType.U8, Shape.of(1, 2, 1, i % 3)));
    }
    try (Checkpoint read = Checkpoint.open(write(Optional.empty(), tensors))) {
      assertEquals(2001, read.tensors().size());
      assertEquals(Shape.of(1, 2, 1, 2), read.tensor("t2000").shape());
    }
  }

  @Test
  void holesReadAsZerosAndHaveTheirChecksum() throws IOException {
    Path path = directory.resolve("hollow.pt");
    try (OutputFile file = OutputFile.create(path)) {
      TorchWriter writer = TorchWriter.begin(file, Optional.empty(), List.of(LONG, SCALAR));
      writer.appendHole();
      writer.appendHole();
      writer.finish();
      file.commit();
    }
    try (ZipFile zip = new ZipFile(path.toFile())) {
      assertArrayEquals(new byte[600], entry(zip, "hollow/data/0"));
      assertArrayEquals(new byte[4], entry(zip, "hollow/data/1"));
    }
  }

  /** Offsets and sizes beyond 32 bits need the records of ZIP64; holes make that cheap. */
  @Test
  void filesOfMoreThanFourGibibytesAreReadBack() {
    TensorInfo large = new TensorInfo("large", DType.F32, Shape.of(1L << 30, 1));
    Path path = directory.resolve("large.pt");
    try (OutputFile file = OutputFile.create(path)) {
      TorchWriter writer = TorchWriter.begin(file, Optional.empty(), List.of(large, SCALAR));
      writer.appendHole();
      writer.append(MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
      writer.finish();
      file.commit();
    }
    try (Checkpoint read = Checkpoint.open(path)) {
      assertEquals(4L << 30, read.tensor("large").byteSize());
      assertEquals(1, read.tensor("b").data().get(ValueLayout.JAVA_BYTE, 0));
      assertTrue(read.tensor("b").extent().offset() > 4L << 30);
    }
  }

  @Test
  void unfinishedTensorIsRefused() {
    try (OutputFile file = OutputFile.create(directory.resolve("t.pt"))) {
      TorchWriter writer = TorchWriter.begin(file, Optional.empty(), List.of(MATRIX));
      writer.append(MemorySegment.ofArray(new byte[23]));
      assertThrows(IllegalStateException.class, writer::finish);
    }
  }

  @Test
  void tooManyBytesAreRefused() {
    try (OutputFile file = OutputFile.create(directory.resolve("t.pt"))) {
      TorchWriter writer = TorchWriter.begin(file, Optional.empty(), List.of(SCALAR));
      assertThrows(
          IllegalStateException.class, () -> writer.append(MemorySegment.ofArray(new byte[5])));
    }
  }

  @Test
  void typesWithoutStorageInPyTorchAreRefused() throws IOException {
    TensorInfo small = new TensorInfo("small", DType.F8_E4M3, Shape.of(1));
    try (OutputFile file = OutputFile.create(directory.resolve("t.pt"))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> TorchWriter.begin(file, Optional.empty(), List.of(small)));
    }
    assertTrue(Files.notExists(directory.resolve("t.pt")));
  }
}
