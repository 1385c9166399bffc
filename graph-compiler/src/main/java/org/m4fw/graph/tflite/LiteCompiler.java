package org.m4fw.graph.tflite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.tflite.LiteModel.Signature;

/** Makes .tflite files of graphs. */
public final class LiteCompiler {
  private LiteCompiler() {}

  /**
   * Compiles graphs into one file, in which they share what is equal.
   *
   * @param name of the component
   * @param graphs by the names of their signatures; rewritten to what LiteRT has
   * @param weights of all of them, by name
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteError}
   */
  public static LiteModel compile(
      String name,
      SequencedMap<String, FixedGraph> graphs,
      SortedMap<String, EncodedWeight> weights) {
    return compile(name, graphs, weights, Optional.empty());
  }

  /**
   * Compiles graphs into one file in which all numbers are whole, of eight bits.
   *
   * @param plan how values are stored; it holds for all graphs, so that what one gives another can
   *     take
   */
  public static LiteModel compile(
      String name,
      SequencedMap<String, FixedGraph> graphs,
      SortedMap<String, EncodedWeight> weights,
      ActivationPlan plan) {
    return compile(name, graphs, weights, Optional.of(plan));
  }

  private static LiteModel compile(
      String name,
      SequencedMap<String, FixedGraph> graphs,
      SortedMap<String, EncodedWeight> weights,
      Optional<ActivationPlan> plan) {
    LiteBuffers buffers = new LiteBuffers();
    List<Signature> signatures = new ArrayList<>();
    for (Map.Entry<String, FixedGraph> graph : graphs.entrySet()) {
      signatures.add(LiteEmitter.emit(graph.getKey(), graph.getValue(), weights, plan, buffers));
    }
    return new LiteModel(name, buffers.contents(), signatures);
  }
}
