package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.tflite.LiteCompiler;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.graph.tflite.LiteReader;
import org.m4fw.graph.tflite.LiteWriter;

/** Linear layers of eight and four bits as TensorFlow Lite computes them, and shared weights. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class QuantizedLiteTest {
  private static final int IN = 128;
  private static final int OUT = 24;

  @TempDir Path directory;

  private final Random random = new Random(11);
  private final float[] x = new float[3 * IN];

  @BeforeEach
  void chooseInput() {
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
  }

  /** The runtime quantizes activations to eight bits, which is what the difference comes from. */
  @Test
  void weightsOfEightBitsAreReadWithTheirScales() throws IOException {
    byte[] data = new byte[OUT * IN];
    random.nextBytes(data);
    short[] scales = scales(OUT);
    float[] dense = new float[data.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) Math.max(data[i], -127);
      dense[i] = data[i] * Float.float16ToFloat(scales[i / IN]);
    }
    check(new Encoding.Int8PerChannel(), data, scales, dense);
  }

  @Test
  void weightsOfFourBitsInBlocksAreReadWithTheirScales() throws IOException {
    byte[] data = new byte[OUT * IN / 2];
    random.nextBytes(data);
    short[] scales = scales(OUT * IN / 32);
    float[] dense = new float[OUT * IN];
    for (int i = 0; i < dense.length; i++) {
      int nibble = (data[i / 2] >> (i % 2 == 0 ? 0 : 4)) & 15;
      dense[i] = (nibble - 8) * Float.float16ToFloat(scales[i / 32]);
    }
    check(new Encoding.Int4Blocks(32), data, scales, dense);
  }

  @Test
  void bucketsShareTheirWeights() throws IOException {
    byte[] data = new byte[OUT * IN];
    SortedMap<String, EncodedWeight> weights =
        weights(new Encoding.Int8PerChannel(), data, scales(OUT));
    SequencedMap<String, FixedGraph> one = new LinkedHashMap<>(Map.of("a", graph(weights, 3)));
    SequencedMap<String, FixedGraph> two = new LinkedHashMap<>(one);
    two.put("b", graph(weights, 1));
    long alone = Files.size(write(LiteCompiler.compile("test", one, weights)));
    Path file = write(LiteCompiler.compile("test", two, weights));
    assertTrue(Files.size(file) < alone + data.length, "the weights are there twice");
    SortedMap<String, byte[]> outputs =
        LiteOracle.run(file, "b", true, Map.of("x", bytes(new float[IN])));
    assertEquals(4 * OUT, requireNonNull(outputs.get("y")).length);
  }

  private short[] scales(int count) {
    short[] scales = new short[count];
    for (int i = 0; i < count; i++) {
      scales[i] = Float.floatToFloat16(0.01f + 0.01f * random.nextFloat());
    }
    return scales;
  }

  private void check(Encoding encoding, byte[] data, short[] scales, float[] dense)
      throws IOException {
    float[] expected = new float[3 * OUT];
    for (int row = 0; row < 3; row++) {
      for (int n = 0; n < OUT; n++) {
        for (int k = 0; k < IN; k++) {
          expected[row * OUT + n] += x[row * IN + k] * dense[n * IN + k];
        }
      }
    }
    SortedMap<String, EncodedWeight> weights = weights(encoding, data, scales);
    SequencedMap<String, FixedGraph> graphs =
        new LinkedHashMap<>(Map.of("main", graph(weights, 3)));
    Path file = write(LiteCompiler.compile("test", graphs, weights));
    for (boolean delegated : List.of(false, true)) {
      SortedMap<String, byte[]> outputs =
          LiteOracle.run(file, "main", delegated, Map.of("x", bytes(x)));
      double error =
          Deviation.relative(
              MemorySegment.ofArray(bytes(expected)),
              MemorySegment.ofArray(requireNonNull(outputs.get("y"))));
      assertTrue(error < 0.02, "off by %s, delegate %s".formatted(error, delegated));
    }
  }

  private Path write(LiteModel model) {
    Path file = directory.resolve("model.tflite");
    try (OutputFile out = OutputFile.create(file)) {
      LiteWriter.append(model, out);
      out.commit();
    }
    try (MappedFile written = MappedFile.open(file)) {
      LiteReader.read(file.toString(), written.segment());
    }
    return file;
  }

  private SortedMap<String, EncodedWeight> weights(Encoding encoding, byte[] data, short[] scales)
      throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(data.length + 2 * scales.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(data);
    for (short scale : scales) {
      bytes.putShort(scale);
    }
    Path file = Files.write(directory.resolve("weights"), bytes.array());
    Shape shape = Shape.of(OUT, IN);
    Extent extent = new Extent(file, 0, data.length);
    // What it was before is not looked at.
    Tensor before = new Tensor("w", DType.F32, shape, extent, MemorySegment.ofArray(data));
    Weight weight = new Weight("w", Weight.Role.LINEAR, shape, new Weight.Source.Stored(before));
    return new TreeMap<>(
        Map.of(
            "w",
            new EncodedWeight(
                weight,
                encoding,
                Layout.CANONICAL,
                extent,
                Optional.of(new Extent(file, data.length, 2L * scales.length)))));
  }

  private static FixedGraph graph(SortedMap<String, EncodedWeight> weights, long rows) {
    GraphBuilder graph = new GraphBuilder();
    graph.input(new Port("x", ElementType.FLOAT32, List.of(Port.fixed(rows), Port.fixed(IN))));
    graph.weight(requireNonNull(weights.get("w")).weight());
    graph.node("y", new Operator.Linear("w", Optional.empty(), Optional.empty()), "x");
    graph.output(new Port("y", ElementType.FLOAT32, List.of(Port.fixed(rows), Port.fixed(OUT))));
    Graph built = graph.build("test", Optional.empty(), SpecialTokens.none());
    return SizeBinding.bind("test", built, Map.of());
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
