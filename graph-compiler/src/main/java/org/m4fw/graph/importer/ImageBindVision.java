package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;

import java.util.Optional;
import org.m4fw.graph.ir.ElementType;

/**
 * ImageBind's encoder of images [B, 3, height, width], each taken as a video of two equal frames
 * that is cut into patches. Its embeddings have length 1.
 */
record ImageBindVision(ImageBindPart part) {
  private static final int COLOURS = 3;
  private static final int USUAL_POSITIONS = 257;

  void build() {
    Layers layers = part.layers();
    String table = part.preprocessor("pos_embedding_helper.pos_embed");
    int positions = part.positions(table, USUAL_POSITIONS);
    String tokens =
        part.withClassAndPositions(
            part.sequence(patches(side(table, positions))), table, positions);
    String normalized =
        layers.layerNorm(
            part.trunk("pre_transformer_layer.0"),
            tokens,
            part.size().width(),
            ImageBindTrunk.EPSILON);
    String last = part.blocks(normalized, Optional.empty());
    part.normalized(part.output(), part.projectedClass(last, part.head("2")));
  }

  /** A convolution whose kernels do not overlap, over all frames at once. */
  private String patches(int side) {
    Layers layers = part.layers();
    ImageBindConfig.Patch patch = part.config().patch();
    String image =
        part.input(
            ElementType.FLOAT32,
            fixed(COLOURS),
            fixed((long) side * patch.rows()),
            fixed((long) side * patch.columns()));
    String frame = part.to().unsqueeze("frame", image, 2);
    String video = layers.concat("video", 2, frame, frame);
    Long[] kernel = {(long) patch.frames(), (long) patch.rows(), (long) patch.columns()};
    return layers.convolution(
        Convolution.of(part.preprocessor("rgbt_stem.proj.1"), COLOURS, part.size().width(), kernel)
            .strided(kernel)
            .withoutBias(),
        video);
  }

  /** Patches along a side of the image, which is square in them. */
  private int side(String table, int positions) {
    int layers = ImageBindConfig.Patch.FRAMES / part.config().patch().frames();
    int side = (int) Math.sqrt((positions - 1) / (double) layers);
    if (layers * side * side != positions - 1) {
      throw ImportError.INCONSISTENT.at(
          part.file(), table, positions + " positions", "one more than a square image has patches");
    }
    return side;
  }
}
