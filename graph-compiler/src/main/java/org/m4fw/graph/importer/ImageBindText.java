package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * ImageBind's encoder of sentences, INT64 [B, context]: a causal transformer whose output is taken
 * at the end of the sentence, which is the token with the largest number.
 */
record ImageBindText(ImageBindPart part) {
  private static final int USUAL_CONTEXT = 77;
  private static final int USUAL_VOCABULARY = 49408;

  void build() {
    Layers layers = part.layers();
    String table = part.preprocessor("pos_embed");
    int context = part.positions(table, USUAL_CONTEXT);
    String ids = part.input(ElementType.INT64, fixed(context));
    String words =
        layers.embedding(
            part.preprocessor("token_embedding"), ids, vocabulary(), part.size().width());
    String tokens = part.withPositions(words, table, context);
    String last = part.blocks(tokens, mask(tokens, context));
    String end =
        part.to()
            .op(
                "GatherND",
                Map.of("batch_dims", new Attribute.Int(1)),
                part.head("token"),
                last,
                end(ids));
    part.scaledAsTrained(
        part.output(), part.projected(end, part.head("proj.0"), part.head("proj.1")));
  }

  private int vocabulary() {
    return part.weights()
        .shape(part.preprocessor("token_embedding.weight"))
        .filter(shape -> shape.rank() == 2 && shape.dim(0) <= Integer.MAX_VALUE)
        .map(shape -> (int) shape.dim(0))
        .orElse(USUAL_VOCABULARY);
  }

  /** Where the largest token of each sentence comes first, [B, 1]. */
  private String end(String ids) {
    // Runtimes need not know how to compare numbers of 64 bits.
    String narrow = part.to().cast(part.head("ids"), ids, ElementType.INT32);
    return part.to()
        .op(
            "ArgMax",
            Map.of("axis", new Attribute.Int(1), "keepdims", new Attribute.Int(1)),
            part.head("end"),
            narrow);
  }

  /** Computed, although it is stored as well; so what is stored must be the same. */
  private Optional<String> mask(String tokens, int context) {
    String name = part.preprocessor("mask");
    Optional<Tensor> stored = part.weights().takeBuffer(name, Shape.of(context, context));
    if (!part.config().causalText()) {
      return Optional.empty();
    }
    stored.ifPresent(this::requireCausal);
    List<String> inputs = List.of(tokens, tokens);
    return Optional.of(
        part.layers()
            .graph()
            .node(name, new Operator.CausalMask(), inputs, List.of(name))
            .getFirst());
  }

  private void requireCausal(Tensor mask) {
    int length = (int) mask.shape().dim(0);
    float[] row = new float[length];
    for (int i = 0; i < length; i++) {
      TensorFloats.read(mask, (long) i * length, row, 0, length);
      for (int j = 0; j < length; j++) {
        if (row[j] != (j <= i ? 0 : Float.NEGATIVE_INFINITY)) {
          throw ImportError.INCONSISTENT.at(
              part.file(),
              mask.name(),
              "%s at [%d, %d]".formatted(row[j], i, j),
              "0 up to the diagonal and -Infinity after it");
        }
      }
    }
  }
}
