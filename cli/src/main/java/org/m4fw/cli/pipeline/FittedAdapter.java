package org.m4fw.cli.pipeline;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.WeightSlot;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.LayerWeights;
import org.m4fw.host.RuntimeAdapter;

/** An adapter made ready for graphs that are compiled already. */
public final class FittedAdapter {
  private FittedAdapter() {}

  /**
   * What it feeds them.
   *
   * @param source where the graphs are from, for messages
   * @throws org.m4fw.base.problem.ProblemException if it does not fit, or the graphs would have to
   *     be others
   */
  public static RuntimeAdapter of(
      OpenAdapter adapter, String source, Collection<CompiledModel> graphs) {
    List<AttachmentPoint> points =
        graphs.stream().flatMap(graph -> graph.facts().attachmentPoints().stream()).toList();
    Optional<DecoderGeometry> decoder =
        graphs.stream().flatMap(graph -> graph.facts().decoder().stream()).findFirst();
    SortedMap<String, WeightSlot> slots = new TreeMap<>();
    graphs.forEach(graph -> slots.putAll(graph.weightSlots()));
    return adapter.over(points, slots, decoder, Optional.of(new LayerWeights(source, graphs)));
  }
}
