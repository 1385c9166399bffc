package org.m4fw.cli.pipeline;

import java.util.HashSet;
import java.util.Set;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.onnx.CompiledModel;

/** How much of a component's weights its targets have in common. */
final class Sharing {
  private Sharing() {}

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
