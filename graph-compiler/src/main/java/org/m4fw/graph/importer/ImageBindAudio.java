package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.Map;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * ImageBind's encoder of sounds as spectrograms of short clips [B, clips, 1, mel bins, frames], cut
 * into patches that overlap. The embeddings of a sound's clips are averaged after they were scaled.
 */
record ImageBindAudio(ImageBindPart part) {

  void build() {
    ImageBindConfig config = part.config();
    Layers layers = part.layers();
    String clips =
        part.input(
            ElementType.FLOAT32,
            symbolic("clips"),
            fixed(1),
            fixed(config.melBins()),
            fixed(config.audioFrames()));
    String tokens =
        part.withClassAndPositions(
            layers.layerNorm(
                part.preprocessor("rgbt_stem.norm_layer"),
                part.sequence(patches(clips)),
                part.size().width(),
                ImageBindPart.STEM_EPSILON),
            part.preprocessor("pos_embedding_helper.pos_embed"),
            config.audioRows() * config.audioColumns() + 1);
    String last = part.blocksWithExtraKey(tokens);
    average(
        clips, part.scaledAsStored("clips.embedding", part.projectedClass(last, part.head("2"))));
  }

  private String patches(String clips) {
    ImageBindConfig config = part.config();
    long stride = config.audioStride();
    return part.layers()
        .convolution(
            Convolution.square(
                    part.preprocessor("rgbt_stem.proj"),
                    1,
                    part.size().width(),
                    config.audioKernel())
                .strided(stride, stride)
                .withoutBias(),
            part.layers()
                .reshape("clips.flat", clips, -1, 1, config.melBins(), config.audioFrames()));
  }

  /** From [B·clips, width] to [B, width]. */
  private void average(String clips, String embeddings) {
    Layers layers = part.layers();
    Map<String, Attribute> firstTwo =
        Map.of("start", new Attribute.Int(0), "end", new Attribute.Int(2));
    String counts = part.to().op("Shape", firstTwo, "clips.counts", clips);
    String shape = layers.concat("clips.shape", 0, counts, layers.ints(part.config().width()));
    String grouped = part.to().op("Reshape", "clips.embeddings", embeddings, shape);
    part.to()
        .op(
            "ReduceMean",
            Map.of("keepdims", new Attribute.Int(0)),
            part.output(),
            grouped,
            layers.ints(1));
  }
}
