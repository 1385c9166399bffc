package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.m4fw.graph.cost.Roofline;
import org.m4fw.graph.cost.Work;
import org.m4fw.graph.ir.Model;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;

/**
 * What a path takes on a target: each component runs after the one before.
 *
 * @param stages in the order in which they run
 */
record PathEstimate(Route path, List<Stage> stages) {
  private static final String LENGTH = "sequence_length";
  private static final String PAST = "past_sequence_length";

  PathEstimate {
    stages = List.copyOf(stages);
  }

  /**
   * Runs of one graph, or of several that belong together.
   *
   * @param what in words: {@code prompt of 47 tokens}
   * @param runs how often
   * @param answers whether it is run for the tokens of the answer after the first
   * @param time of one run
   */
  record Stage(
      String component, String what, long runs, boolean answers, Work work, Roofline.Time time) {
    Roofline.Time total() {
      return time.times(runs);
    }
  }

  /**
   * The estimate.
   *
   * @param components those of the path, by name, as the target has them
   */
  static PathEstimate of(Route path, Map<String, TargetComponent> components, Lengths lengths) {
    List<Stage> stages = new ArrayList<>();
    for (ExecutionPath.Step step : path.steps()) {
      TargetComponent component = components.get(step.component());
      if (component != null) {
        add(step, path, component, lengths, stages);
      }
    }
    return new PathEstimate(path, stages);
  }

  /** Whatever comes before the first token, or before the only result. */
  Roofline.Time first() {
    return sum(stages.stream().filter(stage -> !stage.answers()).toList());
  }

  /** Everything. */
  Roofline.Time all() {
    return sum(stages);
  }

  private static Roofline.Time sum(List<Stage> stages) {
    return stages.stream().map(Stage::total).reduce(Roofline.Time::and).orElseThrow();
  }

  private static void add(
      ExecutionPath.Step step,
      Route path,
      TargetComponent component,
      Lengths lengths,
      List<Stage> stages) {
    String name = step.component();
    switch (step.action()) {
      case EMBED_IMAGE, EMBED_AUDIO, EMBED_IMU, PROJECT, SPEAK ->
          stages.add(
              stage(
                  name,
                  "one input",
                  1,
                  false,
                  component,
                  parts(step.action(), component),
                  Map.of()));
      case EMBED_LABEL -> {
        // Labels are embedded once and kept.
      }
      case TRANSCRIBE -> {
        stages.add(
            stage(
                name, "one clip", 1, false, component, List.of("encoder", Model.MEMORY), Map.of()));
        stages.add(
            stage(
                name,
                "each token of the speech",
                lengths.prompt(),
                false,
                component,
                List.of(Model.DECODER),
                step(lengths.prompt() / 2)));
      }
      case CONTINUE -> backbone(name, component, lengths, stages);
      case DRAW -> {
        List<String> parts = step.action().parts(false);
        stages.add(stage(name, "one text", 1, false, component, List.of(parts.get(0)), Map.of()));
        stages.add(
            stage(
                name,
                "each step of denoising",
                path.denoisingSteps(),
                false,
                component,
                List.of(parts.get(1)),
                // With and without the text.
                Map.of("batch_size", 2L)));
        stages.add(stage(name, "one image", 1, false, component, List.of(parts.get(2)), Map.of()));
      }
    }
  }

  private static void backbone(
      String name, TargetComponent component, Lengths lengths, List<Stage> stages) {
    List<String> parts = List.of(Model.DECODER);
    stages.add(
        stage(
            name,
            "prompt of %d tokens".formatted(lengths.prompt()),
            1,
            false,
            component,
            parts,
            Map.of(LENGTH, (long) lengths.prompt())));
    if (lengths.answer() > 1) {
      stages.add(
          stage(
              name,
              "each next token",
              lengths.answer() - 1L,
              true,
              component,
              parts,
              step(lengths.prompt() + lengths.answer() / 2)));
    }
  }

  private static Map<String, Long> step(long past) {
    return Map.of(LENGTH, 1L, PAST, past);
  }

  private static List<String> parts(Action action, TargetComponent component) {
    return action.parts(false).stream()
        .filter(component.model().parts().keySet()::contains)
        .toList();
  }

  private static Stage stage(
      String name,
      String what,
      long runs,
      boolean answers,
      TargetComponent component,
      List<String> parts,
      Map<String, Long> sizes) {
    Work work =
        parts.stream()
            .filter(component.model().parts().keySet()::contains)
            .map(part -> component.work(part, sizes))
            .reduce(Work::and)
            .orElseThrow(() -> new IllegalStateException(name + " has none of " + parts));
    return new Stage(name, what, runs, answers, work, component.time(work));
  }
}
