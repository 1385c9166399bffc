package org.m4fw.host;

import java.util.HashSet;
import java.util.Set;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GraphFacts;

/** Whether a graph can take what an adapter has. */
final class AdapterFit {
  private AdapterFit() {}

  static void check(CompiledModel model, RuntimeAdapter adapter) {
    GraphFacts facts = model.facts();
    Set<String> known = inputs(model);
    for (String input : adapter.matrices().keySet()) {
      if (facts.adapterInputs() == AdapterInputs.NONE) {
        throw HostError.NO_ADAPTER_INPUTS.at(adapter.name(), "");
      }
      if (!known.contains(input)) {
        throw HostError.ADAPTER_UNKNOWN_INPUT.at(
            adapter.name(), input, facts.attachmentPoints().size() + " others");
      }
    }
    adapter.virtualTokens().ifPresent(tokens -> check(model, adapter.name(), tokens));
  }

  /** The names of all inputs that are for adapters. */
  static Set<String> inputs(CompiledModel model) {
    Set<String> inputs = new HashSet<>(model.weightSlots().keySet());
    for (AttachmentPoint point : model.facts().attachmentPoints()) {
      inputs.add(point.inputA());
      inputs.add(point.inputB());
      if (point.scaled()) {
        inputs.add(point.inputScale());
      }
    }
    return inputs;
  }

  private static void check(CompiledModel model, String adapter, VirtualTokens tokens) {
    DecoderGeometry geometry = model.facts().decoder().orElseThrow();
    switch (tokens) {
      case VirtualTokens.Vectors(RuntimeAdapter.Matrix vectors) -> {
        if (!model.inputs().containsKey(Decoder.VECTORS)) {
          throw HostError.NEEDS_VECTORS.at(adapter, "", vectors.rows());
        }
        requireColumns(adapter, vectors, geometry.width());
      }
      case VirtualTokens.Cache(RuntimeAdapter.Matrix entries) ->
          requireColumns(
              adapter,
              entries,
              2L * geometry.layers() * geometry.keyValueHeads() * geometry.headWidth());
    }
    if (tokens.count() >= geometry.context()) {
      throw HostError.TOO_LONG.at(adapter, "", tokens.count(), geometry.context() - 1);
    }
  }

  private static void requireColumns(String adapter, RuntimeAdapter.Matrix matrix, long expected) {
    if (matrix.columns() != expected) {
      throw HostError.WRONG_VIRTUAL_TOKENS.at(adapter, "", matrix.columns(), expected);
    }
  }
}
