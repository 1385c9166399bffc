package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.model.ImageTask;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.motion.MotionWindow;
import org.m4fw.host.path.Answer;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.LoadedPath;
import org.m4fw.host.path.PathComponents;
import org.m4fw.host.path.PathRun;
import org.m4fw.host.path.Question;

/** Many questions to one task of an image: what is loaded for them, and what they score. */
final class EvaluatedTaskTest {
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final List<String> TEXTS = List.of("And the LORD said unto", "In the beginning");
  private static final String RECIPE =
      """
      {"product": "tiny", "version": "1.0.0", "build": 1,
       "rollback": {"domain": "tiny", "index": 1},
       "components": [
         {"name": "writer", "model": "writer", "scheme": "int8", "licence": "CC0-1.0"}],
       "targets": ["host"],
       "paths": [
         {"name": "write", "kind": 2, "components": [{"name": "writer", "does": "continue"}],
          "max_tokens": 4}]}
      """;

  @TempDir static Path directory;
  private static Path image = Path.of("");

  @BeforeAll
  static void build() throws IOException {
    Tool.copy(KJV.resolve("kjv-llama"), directory.resolve("writer"));
    Files.writeString(directory.resolve("recipe.json"), RECIPE);
    Tool.Outcome outcome =
        Tool.run(
            "build",
            directory.resolve("recipe.json").toString(),
            "--out",
            directory.resolve("out").toString(),
            "--cache",
            directory.resolve("cache").toString());
    assertEquals(0, outcome.code(), outcome.err());
    image = directory.resolve("out/tiny-1.0.0.m4img");
  }

  private static Question question(String text) {
    return new Question(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        MotionWindow.EXACT,
        new TreeMap<>(Map.of(ExecutionPath.TEXT, text)),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        0);
  }

  /** The components of a task, which notes each time that a file of one is asked for. */
  private record Watched(PathComponents components, List<String> asked) implements PathComponents {
    @Override
    public String name() {
      return components.name();
    }

    @Override
    public SequencedMap<String, CompiledModel> parts(String component) {
      return components.parts(component);
    }

    @Override
    public Optional<byte[]> file(String component, String file) {
      asked.add(file);
      return components.file(component, file);
    }

    @Override
    public Optional<RuntimeAdapter> adapter() {
      asked.add("adapter");
      return components.adapter();
    }
  }

  @Test
  void manyQuestionsLoadEachComponentOnceAndAreAnsweredTheSame() {
    List<String> asked = new ArrayList<>();
    List<Answer> kept = new ArrayList<>();
    List<Answer> anew = new ArrayList<>();
    try (ImageTask task =
        ImageTask.open(
            image, "write", Optional.empty(), Optional.empty(), OptionalDouble.empty())) {
      task.verify(Progress.silent());
      try (LoadedPath loaded = LoadedPath.forManyQuestions(new Watched(task, asked))) {
        for (String text : TEXTS) {
          kept.add(PathRun.answer(task.path(), loaded, question(text), Progress.silent()));
        }
      }
      TEXTS.forEach(text -> anew.add(task.ask(question(text), Progress.silent())));
    }
    assertEquals(List.of("tokenizer.json", "adapter"), asked);
    assertEquals(anew, kept);
    assertFalse(kept.getFirst().equals(kept.getLast()));
  }

  @Test
  void oneQuestionLetsGoOfWhatItLoaded() {
    List<String> asked = new ArrayList<>();
    try (ImageTask task =
        ImageTask.open(
            image, "write", Optional.empty(), Optional.empty(), OptionalDouble.empty())) {
      task.verify(Progress.silent());
      try (LoadedPath loaded = LoadedPath.forOneQuestion(new Watched(task, asked))) {
        for (String text : TEXTS) {
          PathRun.answer(task.path(), loaded, question(text), Progress.silent());
        }
      }
    }
    assertEquals(List.of("tokenizer.json", "adapter", "tokenizer.json", "adapter"), asked);
  }

  @Test
  void taskScoresWhatItsAnswersSay() throws IOException {
    Tool.Outcome first =
        Tool.run("run", image.toString(), "--task", "write", "--text", TEXTS.getFirst());
    StringBuilder lines = new StringBuilder();
    for (String text : TEXTS) {
      lines.append(
          "{\"text\": \"%s\", \"references\": [\"%s\"]}\n".formatted(text, first.out().strip()));
    }
    Path data = Files.writeString(directory.resolve("data.jsonl"), lines);
    Tool.Outcome found =
        Tool.run(
            "eval",
            image.toString(),
            "--task",
            "write",
            "--data",
            data.toString(),
            "--metric",
            "accuracy");
    assertEquals(0, found.code(), found.err());
    assertEquals("accuracy    0.5000", found.out().lines().findFirst().orElse(""));
  }
}
