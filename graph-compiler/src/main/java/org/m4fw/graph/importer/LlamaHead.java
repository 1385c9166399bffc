package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * The last layer of a language model as a component of its own, M4's GEN_dec: the part {@code head}
 * takes {@code hidden_states} [B, S, width] as they come from the last norm and gives {@code
 * logits} [B, S, vocabulary]. The layers before it are left out.
 */
final class LlamaHead {
  static final String PART = "head";

  private LlamaHead() {}

  static Model build(LlamaConfig config, CheckpointWeights weights) {
    Layers layers = new Layers(new GraphBuilder(), weights);
    String hidden = layers.graph().input(port("hidden_states", config.width()));
    String matrix =
        config.tiedHead()
            ? layers.weight(
                "model.embed_tokens.weight",
                Weight.Role.EMBEDDING,
                config.vocabulary(),
                config.width())
            : layers.weight(
                "lm_head.weight", Weight.Role.HEAD, config.vocabulary(), config.width());
    layers
        .graph()
        .node(
            "lm_head",
            new Operator.Linear(matrix, Optional.empty(), Optional.empty()),
            List.of(hidden),
            List.of("logits"));
    layers.graph().output(port("logits", config.vocabulary()));
    weights.dropAll("model.");
    weights.dropAll("lm_head.");
    weights.checkComplete();
    return Model.of(
            PART, layers.graph().build(config.family(), Optional.empty(), SpecialTokens.none()))
        .leavingOut(weights.leftOut());
  }

  private static Port port(String name, int width) {
    return new Port(
        name,
        ElementType.FLOAT32,
        List.of(symbolic("batch_size"), symbolic("sequence_length"), fixed(width)));
  }
}
