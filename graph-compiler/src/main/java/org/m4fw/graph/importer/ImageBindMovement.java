package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;

import java.util.Map;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * ImageBind's encoder of movements, as an inertial measurement unit gives them: acceleration and
 * rotation about three axes each, [B, 6, samples], cut into windows over all channels.
 */
record ImageBindMovement(ImageBindPart part) {
  private static final int CHANNELS = 6;
  private static final int USUAL_POSITIONS = 251;

  void build() {
    Layers layers = part.layers();
    int width = part.size().width();
    String table = part.preprocessor("pos_embed");
    int positions = part.positions(table, USUAL_POSITIONS);
    String projected =
        layers.linear(
            part.preprocessor("imu_stem.proj"),
            windows(positions - 1),
            CHANNELS * part.config().imuKernel(),
            width,
            false);
    String normalized =
        layers.layerNorm(
            part.preprocessor("imu_stem.norm_layer"), projected, width, ImageBindPart.STEM_EPSILON);
    String tokens = part.withClassAndPositions(normalized, table, positions);
    String last = part.blocksWithExtraKey(tokens);
    part.scaledAsStored(part.output(), part.projectedClass(last, part.head("3")));
  }

  /**
   * Windows [B, count, channels·kernel] of samples [B, channels, count·stride]. Where windows
   * overlap, the last ones would reach beyond the samples and are zero instead.
   */
  private String windows(int count) {
    Layers layers = part.layers();
    int kernel = part.config().imuKernel();
    int stride = part.config().imuStride();
    int samples = count * stride;
    if (samples < kernel) {
      throw ImportError.INCONSISTENT.at(
          part.file(), "imu_kernel_size", kernel, "at most the %d samples".formatted(samples));
    }
    String input = part.input(ElementType.FLOAT32, fixed(CHANNELS), fixed(samples));
    int whole = (samples - kernel) / stride + 1;
    String cut = stride == kernel ? input : overlapping(input, whole);
    String split = layers.reshape("windows.split", cut, 0, CHANNELS, whole, kernel);
    String ordered = layers.transpose("windows.ordered", split, 0L, 2L, 1L, 3L);
    String windows = layers.reshape("windows", ordered, 0, whole, (long) CHANNELS * kernel);
    return whole == count ? windows : padded(windows, count - whole);
  }

  private String padded(String windows, int zeros) {
    Layers layers = part.layers();
    return part.to().op("Pad", "windows.padded", windows, layers.ints(0, 0, 0, 0, zeros, 0));
  }

  /** The samples of one window after those of the other. */
  private String overlapping(String samples, int windows) {
    int kernel = part.config().imuKernel();
    int stride = part.config().imuStride();
    long[] indices = new long[windows * kernel];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = (long) (i / kernel) * stride + i % kernel;
    }
    return part.to()
        .op(
            "Gather",
            Map.of("axis", new Attribute.Int(2)),
            "windows.samples",
            samples,
            part.layers().graph().literal("windows.indices", Literal.int64(indices)));
  }
}
