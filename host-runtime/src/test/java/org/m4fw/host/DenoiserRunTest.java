package org.m4fw.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;

/** What the denoiser does with other sizes than those of the golden. */
final class DenoiserRunTest {
  private static final Arena ARENA = Arena.ofAuto();

  /** Numbers between −1 and 1 that follow no simple pattern. */
  private static Tensor reals(String name, long... dims) {
    Shape shape = Shape.of(dims);
    MemorySegment data = ARENA.allocate(4 * shape.count(), 8);
    for (long i = 0; i < shape.count(); i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(12.9898 * (i + 1)));
    }
    return tensor(name, DType.F32, shape, data);
  }

  private static Tensor steps(long... values) {
    MemorySegment data = ARENA.allocateFrom(ValueLayout.JAVA_LONG, values);
    return tensor("timestep", DType.I64, Shape.of(values.length), data);
  }

  private static Tensor tensor(String name, DType dtype, Shape shape, MemorySegment data) {
    return new Tensor(name, dtype, shape, new Extent(Path.of("test"), 0, data.byteSize()), data);
  }

  private static float[] run(Tensor sample, Tensor timestep) {
    Tensor text = reals("encoder_hidden_states", sample.shape().dim(0), 5, 24);
    Map<String, Tensor> inputs =
        Map.of("sample", sample, "timestep", timestep, "encoder_hidden_states", text);
    try (Checkpoint checkpoint = Checkpoint.open(Models.golden("sd-unet-f32"));
        TensorRun run =
            TensorRun.execute(
                "test", Models.compileParts(checkpoint, "host"), Optional.empty(), inputs)) {
      TensorRun.Output output = run.outputs().getFirst();
      assertEquals(new TensorInfo("out_sample", DType.F32, sample.shape()), output.info());
      return output.data().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @Test
  void imageWhoseSizesDoNotHalveEvenlyKeepsThem() {
    assertEquals(4 * 13 * 18, run(reals("sample", 1, 4, 13, 18), steps(7)).length);
  }

  @Test
  void oneStepForAllIsTheSameAsThatStepForEach() {
    Tensor sample = reals("sample", 2, 4, 8, 8);
    assertArrayEquals(run(sample, steps(481)), run(sample, steps(481, 481)), 1e-5f);
  }
}
