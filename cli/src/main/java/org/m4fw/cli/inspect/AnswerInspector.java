package org.m4fw.cli.inspect;

import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.cli.answer.KnownAnswersJson;
import org.m4fw.cli.model.ImageGraph;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Manifest;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;

/** Runs the graphs of a component for a target on their known answers, at the first of them. */
public final class AnswerInspector implements Inspector {
  @Override
  public Optional<Explanation> explain(Manifest manifest, MappedSection section) {
    return Optional.empty();
  }

  @Override
  public List<Trial> run(ImageFile image, Section section) {
    if (!section.role().equals(SectionRole.GRAPH.text())) {
      return List.of();
    }
    List<Section> graphs =
        image.manifest().sections().stream()
            .filter(other -> other.role().equals(section.role()))
            .filter(other -> other.module().equals(section.module()))
            .filter(other -> other.targets().equals(section.targets()))
            .toList();
    if (!graphs.getFirst().id().equals(section.id())) {
      return List.of();
    }
    String target = String.join(",", section.targets());
    String id = SectionRole.knownAnswers(section.module(), target).id();
    Optional<MappedSection> answers = image.find(id);
    if (answers.isEmpty()) {
      return List.of(new Trial(id, false, "is not there: these graphs were not run"));
    }
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    graphs.forEach(graph -> parts.put(SectionRole.part(graph), ImageGraph.read(image, graph)));
    byte[] bytes = answers.get().bytes().toArray(ValueLayout.JAVA_BYTE);
    String file = image.path().toString();
    String message =
        KnownAnswersJson.read("%s: %s".formatted(file, id), bytes).check(file, id, parts);
    return List.of(new Trial(id, true, message));
  }
}
