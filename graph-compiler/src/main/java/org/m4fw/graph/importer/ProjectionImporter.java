package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * The linear layer between an encoder and a language model: {@code embedding} [B, in] to {@code
 * projected} [B, out]. Its tensors are called as in PandaGPT, {@code llama_proj.weight} [out, in]
 * and perhaps {@code llama_proj.bias}, behind {@code module.} where DeepSpeed saved them. A LoRA
 * adapter that lies in the same file is left to those who read adapters. Su et al., "PandaGPT"
 * (2023).
 */
public final class ProjectionImporter {
  /** The name of the model's only part. */
  public static final String PART = "projection";

  public static final String INPUT = "embedding";
  public static final String OUTPUT = "projected";

  private static final String LAYER = "llama_proj";
  private static final String PARALLEL = "module.";
  private static final String ADAPTER = "llama_model.";

  private ProjectionImporter() {}

  /** Whether a checkpoint with tensors of these names holds a projection. */
  static boolean recognizes(Set<String> names) {
    return names.contains(LAYER + ".weight") || names.contains(PARALLEL + LAYER + ".weight");
  }

  static Model build(CheckpointWeights weights, String file) {
    String prefix = weights.has(LAYER + ".weight") ? "" : PARALLEL;
    String matrix = prefix + LAYER + ".weight";
    String bias = prefix + LAYER + ".bias";
    Shape shape = weights.shape(matrix).orElseThrow();
    if (shape.rank() != 2) {
      throw ImportError.WRONG_SHAPE.at(file, matrix, shape, "[out, in]");
    }
    GraphBuilder graph = new GraphBuilder();
    String embedding = graph.input(port(INPUT, shape.dim(1)));
    String weight = graph.weight(weights.take(matrix, Weight.Role.LINEAR, shape));
    Optional<String> shift =
        weights.has(bias)
            ? Optional.of(
                graph.weight(weights.take(bias, Weight.Role.BIAS, Shape.of(shape.dim(0)))))
            : Optional.empty();
    AttachmentPoint point = new AttachmentPoint(LAYER, shape.dim(1), shape.dim(0));
    graph.attachmentPoint(point);
    graph.node(
        LAYER,
        new Operator.Linear(weight, shift, Optional.of(point)),
        List.of(embedding),
        List.of(OUTPUT));
    graph.replaceable(weight);
    shift.ifPresent(graph::replaceable);
    graph.output(port(OUTPUT, shape.dim(0)));
    weights.dropAll(prefix + ADAPTER);
    weights.checkComplete();
    Graph built = graph.build(PART, Optional.empty(), SpecialTokens.none());
    return Model.of(PART, built);
  }

  private static Port port(String name, long width) {
    return new Port(name, ElementType.FLOAT32, List.of(symbolic("batch_size"), fixed(width)));
  }
}
