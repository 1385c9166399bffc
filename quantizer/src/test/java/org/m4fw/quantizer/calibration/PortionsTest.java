package org.m4fw.quantizer.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.importer.ModelImporter;

/** However many samples there are, a graph is run on few at once. */
final class PortionsTest {
  @TempDir Path directory = Path.of("");

  private Path sentences(int count, int length) throws IOException {
    TensorInfo ids = new TensorInfo("input_ids", DType.I64, Shape.of(count, length));
    byte[] header = SafetensorsWriter.header(List.of(ids), Map.of());
    ByteBuffer file =
        ByteBuffer.allocate(header.length + Long.BYTES * count * length)
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put(header);
    for (int i = 0; i < count * length; i++) {
      file.putLong(i);
    }
    return Files.write(directory.resolve("sentences.safetensors"), file.array());
  }

  @Test
  void batchesAreWalkedThroughInPortionsOfEightSamples() throws IOException {
    try (Arena arena = Arena.ofShared();
        CalibrationData data = CalibrationData.open(sentences(19, 5));
        Checkpoint checkpoint = Checkpoint.open(Calibrations.golden("clip-text-f32"))) {
      List<Long> sizes = new ArrayList<>();
      long next = 0;
      for (SortedMap<String, Tensor> portion :
          Portions.of(data, ModelImporter.importModel(checkpoint), arena)) {
        Tensor ids = portion.get("input_ids");
        if (ids == null) {
          throw new AssertionError("no tokens");
        }
        sizes.add(ids.shape().dim(0));
        assertEquals(next, ids.data().get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 0));
        next += ids.shape().count();
      }
      assertEquals(List.of(8L, 8L, 3L), sizes);
    }
  }
}
