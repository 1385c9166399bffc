package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.onnx.CompiledModel;

/** How much of a component's weights its targets have in common. */
final class Sharing {
  private Sharing() {}

  /**
   * A weight that not all targets read from the same bytes.
   *
   * @param encodings by target; targets with the same encoding want its bytes in another layout
   * @param bytes of all its versions
   */
  record NotShared(String name, SortedMap<String, String> encodings, long bytes) {}

  /** The weights that are stored more than once, in the order of their names. */
  static List<NotShared> notShared(ComponentBuild component) {
    SortedMap<String, SortedMap<String, EncodedWeight>> versions = new TreeMap<>();
    for (ComponentBuild.Made made : component.targets()) {
      made.model()
          .weights()
          .forEach(
              (name, weight) ->
                  versions
                      .computeIfAbsent(name, n -> new TreeMap<>())
                      .put(made.model().target().id(), weight));
    }
    List<NotShared> found = new ArrayList<>();
    versions.forEach(
        (name, byTarget) -> {
          Set<Extent> data = new HashSet<>();
          Set<Extent> all = new HashSet<>();
          SortedMap<String, String> encodings = new TreeMap<>();
          byTarget.forEach(
              (target, weight) -> {
                data.add(weight.data());
                all.add(weight.data());
                weight.scales().ifPresent(all::add);
                weight.zeroPoints().ifPresent(all::add);
                encodings.put(target, weight.encoding().id());
              });
          if (data.size() > 1) {
            long bytes = all.stream().mapToLong(Extent::length).sum();
            found.add(new NotShared(name, encodings, bytes));
          }
        });
    return found;
  }

  /** The bytes that the graphs of more than one target read. */
  static long bytes(ComponentBuild component) {
    Set<Extent> once = new HashSet<>();
    Set<Extent> shared = new HashSet<>();
    for (ComponentBuild.Made made : component.targets()) {
      Set<Extent> own = new HashSet<>();
      for (CompiledModel graph : made.model().parts().values()) {
        own.addAll(graph.extents());
      }
      for (Extent extent : own) {
        if (!once.add(extent)) {
          shared.add(extent);
        }
      }
    }
    return shared.stream().mapToLong(Extent::length).sum();
  }
}
