package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/** Embeddings against those that ImageBind's own code computed for the same file. */
final class ImageBindParityTest {
  private static final Path GOLDEN = Models.golden("imagebind-tiny-pth");
  private static final int END = 49407;
  private static final int CONTEXT = 77;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"host, 1e-4", "pixel7pro-cpu, 1e-4", "jetson-orin-nx, 5e-3"})
  void embeddingsOfAllModalitiesMatchTheOriginal(String target, double tolerance) {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDEN);
        MappedFile expected = MappedFile.open(GOLDEN.resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(expected).tensors();
      try (TensorRun run =
          TensorRun.execute(
              "expected", Models.compileParts(checkpoint, target), Optional.empty(), tensors)) {
        assertEquals(
            List.of("out.vision", "out.text", "out.audio", "out.imu"),
            run.outputs().stream().map(output -> output.info().name()).toList());
        for (TensorRun.Output output : run.outputs()) {
          Tensor original = requireNonNull(tensors.get(output.info().name()));
          assertEquals(original.shape(), output.info().shape());
          double error = Deviation.relative(original.data(), output.data());
          assertTrue(error <= tolerance, () -> output.info().name() + " is off by " + error);
        }
      }
    }
  }

  @Test
  void overlappingWindowsAreThoseOfASequenceInWhichTheyDoNotOverlap() throws IOException {
    Path variant = variant("\"imu_stride\": 2");
    float[] samples = new float[6 * 500];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) Math.sin(0.37 * i + i % 7);
    }
    float[] spread = new float[6 * 2000];
    for (int channel = 0; channel < 6; channel++) {
      for (int window = 0; window < 247; window++) {
        System.arraycopy(
            samples, channel * 500 + 2 * window, spread, channel * 2000 + 8 * window, 8);
      }
    }
    assertEquals(
        embedding(GOLDEN, "imu", reals(spread, 1, 6, 2000)),
        embedding(variant, "imu", reals(samples, 1, 6, 500)));
  }

  @Test
  void wordsAfterTheEndCountOnlyWithoutACausalMask() throws IOException {
    Path variant = variant("\"text_causal_mask\": false");
    Tensor one = sentence(7);
    Tensor other = sentence(8);
    assertEquals(embedding(GOLDEN, "text", one), embedding(GOLDEN, "text", other));
    assertNotEquals(embedding(variant, "text", one), embedding(variant, "text", other));
  }

  private Path variant(String field) throws IOException {
    Files.copy(GOLDEN.resolve("imagebind_tiny.pth"), directory.resolve("imagebind_tiny.pth"));
    String config = Files.readString(GOLDEN.resolve("config.json"));
    Files.writeString(
        directory.resolve("config.json"), config.replaceFirst("\\{", "{" + field + ","));
    return directory;
  }

  private static List<Float> embedding(Path model, String modality, Tensor input) {
    try (Checkpoint checkpoint = Checkpoint.open(model);
        TensorRun run =
            TensorRun.execute(
                "input",
                Models.compileParts(checkpoint, "host"),
                Optional.empty(),
                new TreeMap<>(Map.of("in." + modality, named(input, "in." + modality))))) {
      assertEquals(1, run.outputs().size());
      float[] values = new float[40];
      MemorySegment.copy(
          run.outputs().getFirst().data(),
          ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
          0,
          values,
          0,
          values.length);
      List<Float> list = new ArrayList<>();
      for (float value : values) {
        list.add(value);
      }
      return list;
    }
  }

  /** A start, two words, the end, and 73 times the same word. */
  private static Tensor sentence(long filling) {
    long[] ids = new long[CONTEXT];
    Arrays.fill(ids, filling);
    ids[0] = END - 1;
    ids[1] = 320;
    ids[2] = 1125;
    ids[3] = END;
    MemorySegment data = MemorySegment.ofArray(ids);
    return tensor(DType.I64, data, 1, CONTEXT);
  }

  private static Tensor reals(float[] values, long... shape) {
    return tensor(DType.F32, MemorySegment.ofArray(values), shape);
  }

  private static Tensor tensor(DType dtype, MemorySegment data, long... shape) {
    return new Tensor(
        "input", dtype, Shape.of(shape), new Extent(Path.of("input"), 0, data.byteSize()), data);
  }

  private static Tensor named(Tensor tensor, String name) {
    return new Tensor(name, tensor.dtype(), tensor.shape(), tensor.extent(), tensor.data());
  }
}
