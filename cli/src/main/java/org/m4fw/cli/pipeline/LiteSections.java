package org.m4fw.cli.pipeline;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.tflite.LiteReader;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import tools.jackson.databind.node.ObjectNode;

/**
 * The .tflite files of a component in an image. A file is a section without its weights and, behind
 * it, the component's weights, which the graphs of other targets read as well.
 */
final class LiteSections {
  private final ComponentBuild component;
  private final SectionSpec weights;

  LiteSections(ComponentBuild component) {
    this.component = component;
    this.weights = SectionRole.WEIGHTS.of(component.name());
  }

  /** The sections of all its files. */
  List<SectionSource> sections() {
    List<SectionSource> sections = new ArrayList<>();
    for (ComponentBuild.Lite lite : component.lite()) {
      for (LiteTargetModel.Part part : lite.model().parts()) {
        sections.add(SectionSource.of(head(lite, part), bytes(lite, part)));
        for (int i = 0; i < part.ways().size(); i++) {
          SectionSpec spec = host(lite, part, i);
          part.ways()
              .get(i)
              .host()
              .ifPresent(graph -> sections.add(SectionSource.of(spec, bytes(graph))));
        }
      }
    }
    return sections;
  }

  private SectionSpec head(ComponentBuild.Lite lite, LiteTargetModel.Part part) {
    return SectionRole.liteGraph(component.name(), part.name(), lite.model().target().id());
  }

  private static MemorySegment bytes(ComponentBuild.Lite lite, LiteTargetModel.Part part) {
    return requireNonNull(lite.heads().get(part.name()));
  }

  private SectionSpec host(ComponentBuild.Lite lite, LiteTargetModel.Part part, int way) {
    return SectionRole.hostGraph(component.name(), part.name(), lite.model().target().id(), way);
  }

  private byte[] bytes(CompiledModel graph) {
    return graph.bytes(extent -> component.packed().placement(extent, weights.name()));
  }

  /**
   * What the manifest says of the files: which sections make one, in which order, and which graph
   * the host runs before which signature.
   */
  List<SortedMap<String, Object>> files() {
    List<SortedMap<String, Object>> files = new ArrayList<>();
    for (ComponentBuild.Lite lite : component.lite()) {
      for (LiteTargetModel.Part part : lite.model().parts()) {
        SortedMap<String, Object> file = new TreeMap<>();
        file.put("part", part.name());
        file.put("target", lite.model().target().id());
        file.put("sections", List.of(head(lite, part).id(), weights.id()));
        List<SortedMap<String, Object>> signatures = new ArrayList<>();
        for (int i = 0; i < part.ways().size(); i++) {
          LiteTargetModel.Way way = part.ways().get(i);
          SortedMap<String, Object> signature = new TreeMap<>();
          signature.put("key", way.bucket().key());
          if (way.host().isPresent()) {
            signature.put("host", host(lite, part, i).id());
            signature.put("host_target", lite.model().host().id());
          }
          signatures.add(signature);
        }
        file.put("signatures", signatures);
        files.add(file);
      }
    }
    return files;
  }

  /** What the manifest says of work that targets leave to others. */
  List<SortedMap<String, Object>> elsewhere() {
    List<SortedMap<String, Object>> all = new ArrayList<>();
    for (Elsewhere left : component.elsewhere()) {
      SortedMap<String, Object> entry = new TreeMap<>();
      entry.put("target", left.target());
      entry.put("runs_on", left.host());
      entry.put("why", left.why());
      left.part().ifPresent(part -> entry.put("part", part));
      all.add(entry);
    }
    return all;
  }

  /** Where every operation of a target's files runs, as the files in the image say. */
  ObjectNode placement(ComponentBuild.Lite lite) {
    return LiteOutput.describe(
        lite.model(),
        new LiteOutput.Files() {
          @Override
          public LiteOutput.Written part(LiteTargetModel.Part part) {
            MemorySegment head = bytes(lite, part);
            String name = head(lite, part).id();
            return new LiteOutput.Written(
                name, head.byteSize(), LiteReader.read(name, head, component.packed().size()));
          }

          @Override
          public String host(LiteTargetModel.Part part, int way, CompiledModel graph) {
            return LiteSections.this.host(lite, part, way).id();
          }

          @Override
          public String hostPart(String part, CompiledModel graph) {
            throw new IllegalStateException("%s is in no image".formatted(part));
          }
        });
  }
}
