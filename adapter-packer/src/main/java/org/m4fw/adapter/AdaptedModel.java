package org.m4fw.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.m4fw.adapter.lora.DoraScale;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraExtras;
import org.m4fw.adapter.lora.LoraFit;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.pass.AdaptedTables;
import org.m4fw.graph.pass.AddedBranches;
import org.m4fw.graph.pass.EmbeddingSplit;
import org.m4fw.graph.pass.ReplacedWeights;
import org.m4fw.graph.pass.ScaledPoints;
import org.m4fw.host.RuntimeAdapter;

/**
 * A model made ready for an adapter, before it is compiled, and what the adapter then feeds it.
 * Plain LoRA leaves the model as it is.
 *
 * @param adapter valid while the adapter and the model's checkpoint are open
 */
public record AdaptedModel(Model model, RuntimeAdapter adapter) {

  /**
   * Joins an adapter with a model.
   *
   * @param source where the model is from, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link LoraError}, {@link
   *     org.m4fw.adapter.delta.DeltaError} or {@link org.m4fw.graph.pass.PassError} if it does not
   *     fit
   */
  public static AdaptedModel of(String source, OpenAdapter adapter, Model model) {
    return switch (adapter.method()) {
      case AdapterMethod.Lora(LoraAdapter lora) -> adapted(adapter.name(), lora, model);
      case AdapterMethod.Unresolved(LoraSource format) ->
          adapted(adapter.name(), format.over(base(model)), model);
      case AdapterMethod.Prompt(SoftPrompt prompt) ->
          new AdaptedModel(
              prompt.kind() == SoftPrompt.Kind.VECTORS
                  ? EmbeddingSplit.apply(source, model)
                  : model,
              adapter);
    };
  }

  private static AdaptedModel adapted(String name, LoraAdapter adapter, Model plain) {
    LoraAdapter lora = ConvolutionPairs.over(adapter, points(plain));
    Set<String> tables =
        lora.pairs().stream()
            .filter(LoraPair::table)
            .map(pair -> pair.point().name())
            .collect(Collectors.toSet());
    Model model = tables.isEmpty() ? plain : AdaptedTables.apply(plain, tables);
    LoraFit.check(lora, points(model));
    List<LoraPair> scaled =
        lora.pairs().stream().filter(pair -> pair.magnitude().isPresent()).toList();
    List<DoraScale> scales = new ArrayList<>();
    OrderedWork.onAllCores()
        .run(
            scaled,
            pair -> DoraScale.of(pair, lora.scaling(), base(model, pair.point().name())),
            scales::add);
    Set<String> names =
        scaled.stream().map(pair -> pair.point().name()).collect(Collectors.toSet());
    Model ready =
        AddedBranches.apply(
            name,
            ScaledPoints.apply(ReplacedWeights.apply(model, lora.replaced()), names),
            branches(lora));
    return new AdaptedModel(ready, BoundAdapter.of(name, lora, scales));
  }

  private static List<AddedBranches.Branch> branches(LoraAdapter lora) {
    List<AddedBranches.Branch> branches = new ArrayList<>();
    for (LoraExtras.Convolution pair : lora.extras().convolutions()) {
      float factor = (float) lora.scaling().factor(pair.alpha(), pair.rank());
      branches.add(
          new AddedBranches.Branch.Convolution(pair.layer(), pair.down(), pair.up(), factor));
    }
    for (LoraExtras.Bias bias : lora.extras().biases()) {
      float[] values = TensorFloats.all(bias.values());
      float factor = (float) lora.scaling().factor(bias.pair().alpha(), bias.pair().rank());
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
      branches.add(new AddedBranches.Branch.Constant(bias.pair().point().name(), values));
    }
    return branches;
  }

  /** The weight of the layer at an attachment point. */
  private static Tensor base(Model model, String point) {
    for (Graph graph : model.parts().values()) {
      for (var node : graph.nodes()) {
        if (node.operator() instanceof Operator.Linear linear
            && linear.attachment().filter(at -> at.name().equals(point)).isPresent()) {
          return tensor(graph.weights().get(linear.weight()), point);
        }
      }
    }
    throw new IllegalStateException("no layer at " + point);
  }

  private static Tensor tensor(@org.jspecify.annotations.Nullable Weight weight, String point) {
    if (weight == null) {
      throw new IllegalStateException("no weight at " + point);
    }
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> tensor;
      case Weight.Source.Quantized quantized ->
          throw LoraError.QUANTIZED_BASE.at(
              quantized.data().extent().file(), weight.name(), quantized.encoding().id());
    };
  }

  private static LoraBase base(Model model) {
    SortedMap<String, Shape> heads = new TreeMap<>();
    for (Graph graph : model.parts().values()) {
      for (String name : graph.replaceable()) {
        Optional.ofNullable(graph.weights().get(name))
            .map(Weight::shape)
            .or(() -> Optional.ofNullable(graph.literals().get(name)).map(Literal::shape))
            .ifPresent(shape -> heads.put(name, shape));
      }
    }
    return new LoraBase(
        points(model),
        heads,
        AddedBranches.convolutions(model),
        Optional.ofNullable(model.parts().get(Model.DECODER))
            .flatMap(Graph::decoder)
            .map(OpenAdapter::heads));
  }

  private static List<AttachmentPoint> points(Model model) {
    return model.parts().values().stream()
        .flatMap(graph -> graph.attachmentPoints().stream())
        .toList();
  }
}
