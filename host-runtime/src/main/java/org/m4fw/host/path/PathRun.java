package org.m4fw.host.path;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.m4fw.base.progress.Progress;
import org.m4fw.host.answer.LabelAnswer;

/**
 * Takes a question through the components of a path, in the order of its steps. What is loaded, and
 * for how long, {@link LoadedPath} says.
 */
public final class PathRun {
  private final ExecutionPath path;
  private final LoadedPath loaded;
  private final Question question;
  private final Progress progress;
  private final Map<String, float[]> vectors = new HashMap<>();
  private final Map<String, String> texts;
  private Optional<String> heard = Optional.empty();

  private PathRun(ExecutionPath path, LoadedPath loaded, Question question, Progress progress) {
    this.path = path;
    this.loaded = loaded;
    this.question = question;
    this.progress = progress;
    this.texts = new TreeMap<>(path.slots());
    texts.putAll(question.texts());
  }

  /**
   * Answers.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PathError}, or an error of a front
   *     end, a component or an end
   */
  public static Answer answer(
      ExecutionPath path, LoadedPath loaded, Question question, Progress progress) {
    question.check(path);
    ExecutionPath asked = question.asked(path);
    PathRun run = new PathRun(asked, loaded, question, progress);
    return asked.kind() == PathKind.EMBEDDING_ONLY ? run.match() : run.generate();
  }

  /** Kind 3: which label is nearest. */
  private Answer match() {
    float[] input = embed(path.steps().getFirst());
    List<String> labels = question.labels().isEmpty() ? path.labels() : question.labels();
    float[] table = embedLabels(path.steps().getLast(), labels);
    return answer(new Answer.Result.Labels(LabelAnswer.nearest(input, labels, table)));
  }

  /** All others: what comes out at the end. */
  private Answer generate() {
    Optional<Answer.Result.Text> written = Optional.empty();
    for (ExecutionPath.Step step : path.steps()) {
      switch (step.action()) {
        case EMBED_IMAGE, EMBED_AUDIO, EMBED_IMU -> vectors.put(step.action().slot(), embed(step));
        case TRANSCRIBE -> hear(step);
        case PROJECT -> project(step);
        case CONTINUE -> written = Optional.of(write(step));
        case SPEAK, DRAW -> {
          String text = written.map(Answer.Result.Text::text).orElseGet(this::filledPrompt);
          return new Answer(heard, written.map(Answer.Result.Text::text), make(step, text));
        }
        case EMBED_LABEL -> throw new IllegalStateException("no label on " + path.name());
      }
    }
    return answer(written.orElseThrow());
  }

  private Answer answer(Answer.Result result) {
    return new Answer(heard, Optional.empty(), result);
  }

  private float[] embed(ExecutionPath.Step step) {
    return during(step, () -> new Encoder(loaded, step).embed(question));
  }

  private float[] embedLabels(ExecutionPath.Step step, List<String> labels) {
    List<String> sentences = new ArrayList<>();
    for (String label : labels) {
      Map<String, String> filling = new HashMap<>(texts);
      filling.put(ExecutionPath.LABEL, label);
      sentences.add(words(path.labelPrompt().fill(filling)));
    }
    return during(step, () -> new Encoder(loaded, step).embed(sentences));
  }

  private void hear(ExecutionPath.Step step) {
    String text =
        during(step, () -> Listener.transcribe(loaded, step, question.audio().orElseThrow()));
    texts.put(step.action().slot(), text);
    heard = Optional.of(text);
  }

  private void project(ExecutionPath.Step step) {
    vectors.replaceAll(
        (slot, embedding) -> during(step, () -> Projector.project(loaded, step, embedding)));
  }

  private Answer.Result.Text write(ExecutionPath.Step step) {
    int maxTokens = question.maxTokens().orElse(path.maxTokens());
    return during(
        step, () -> Backbone.write(loaded, path, path.prompt().fill(texts), vectors, maxTokens));
  }

  private Answer.Result make(ExecutionPath.Step step, String text) {
    return during(
        step,
        () ->
            step.action() == Action.SPEAK
                ? new Answer.Result.Speech(Speaker.speak(loaded, step, text))
                : new Answer.Result.Image(
                    Painter.draw(loaded, path, step, text, question.seed(), progress)));
  }

  private String filledPrompt() {
    return words(path.prompt().fill(texts));
  }

  /** A template without vectors is one text when its slots are filled. */
  private static String words(List<Template.Piece> pieces) {
    StringBuilder words = new StringBuilder();
    for (Template.Piece piece : pieces) {
      switch (piece) {
        case Template.Piece.Words(String text) -> words.append(text);
        case Template.Piece.Slot(String slot) ->
            throw new IllegalStateException("nothing fills {" + slot + "}");
      }
    }
    return words.toString();
  }

  /** Says which component is at work while it is. */
  private <T> T during(ExecutionPath.Step step, Supplier<T> work) {
    Progress.Stage stage =
        progress.stage("%s: %s".formatted(step.component(), step.action().text()), 0);
    try {
      return work.get();
    } finally {
      loaded.endStep();
      stage.close();
    }
  }
}
