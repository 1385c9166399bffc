package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.host.motion.MotionWindow;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.Question;
import org.m4fw.host.path.Template;
import picocli.CommandLine.Option;

/** What a task of an image is asked. */
final class TaskOptions {
  private static final int MOST_TOKENS = 1 << 20;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description =
          "Take a path of the image, or do what an adapter in it is for (docs/paths.md). Only the"
              + " components of that path are opened.")
  Optional<String> task = Optional.empty();

  @Option(names = "--text", paramLabel = "TEXT", description = "What fills {text} of the prompt.")
  Optional<String> text = Optional.empty();

  @Option(
      names = "--slot",
      paramLabel = "NAME=TEXT",
      description = "What fills another slot of the prompt. May be given several times.")
  Map<String, String> slots = new LinkedHashMap<>();

  @Option(names = "--image", paramLabel = "F", description = "An image, for tasks that see.")
  Optional<Path> image = Optional.empty();

  @Option(names = "--audio", paramLabel = "F", description = "A WAV file, for tasks that hear.")
  Optional<Path> audio = Optional.empty();

  @Option(
      names = "--imu",
      paramLabel = "F",
      description = "Movement: a CSV or .npy file of acceleration and rotation, x, y, z each.")
  Optional<Path> imu = Optional.empty();

  @Option(
      names = "--imu-rate",
      paramLabel = "HZ",
      description = "The samples per second of that file (default: those of the model).")
  Optional<Double> rate = Optional.empty();

  @Option(
      names = "--imu-start",
      paramLabel = "N",
      description = "The sample at which the window begins, for a file that is longer.")
  Optional<Integer> start = Optional.empty();

  @Option(names = "--imu-zeros", description = "Let zeros follow a movement that is too short.")
  boolean zeros;

  @Option(
      names = "--label",
      paramLabel = "L",
      description = "A class to choose from. May be given several times.")
  List<String> labels = new ArrayList<>();

  @Option(
      names = "--prompt",
      paramLabel = "T",
      description = "Another template for the prompt, or for labels where the task has those.")
  Optional<String> prompt = Optional.empty();

  @Option(names = "--max-tokens", paramLabel = "N", description = "The longest answer, in tokens.")
  Optional<Integer> maxTokens = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed gives the same image (default: 0).")
  Optional<Long> seed = Optional.empty();

  /** Refuses what only a task has a use for. */
  void requireNone() {
    SequencedMap<String, Boolean> given = new LinkedHashMap<>();
    given.put("--text", text.isPresent());
    given.put("--slot", !slots.isEmpty());
    given.put("--image", image.isPresent());
    given.put("--audio", audio.isPresent());
    given.put("--imu", imu.isPresent());
    given.put("--imu-rate", rate.isPresent());
    given.put("--imu-start", start.isPresent());
    given.put("--imu-zeros", zeros);
    given.put("--label", !labels.isEmpty());
    given.put("--prompt", prompt.isPresent());
    given.put("--max-tokens", maxTokens.isPresent());
    given.put("--seed", seed.isPresent());
    given.forEach(
        (option, there) -> {
          if (there) {
            throw CommandError.ONLY_OF_A_TASK.at("", option);
          }
        });
  }

  /** Refuses what a path has no use for, beyond what the question itself says. */
  void requireUse(ExecutionPath path) {
    boolean moves = path.does(Action.EMBED_IMU);
    requireUse(moves || rate.isEmpty(), "--imu-rate");
    requireUse(moves || start.isEmpty(), "--imu-start");
    requireUse(moves || !zeros, "--imu-zeros");
    requireUse(path.does(Action.DRAW) || seed.isEmpty(), "--seed");
  }

  private static void requireUse(boolean used, String option) {
    if (!used) {
      throw CommandError.NOT_OF_A_TASK.at("", option);
    }
  }

  /** The question, its numbers checked. */
  Question question() {
    maxTokens.ifPresent(
        tokens ->
            require(
                tokens >= 1 && tokens <= MOST_TOKENS,
                "--max-tokens",
                tokens,
                "1 to " + MOST_TOKENS));
    rate.ifPresent(hz -> require(hz >= 0.1 && hz <= 1e6, "--imu-rate", hz, "0.1 to 1000000"));
    start.ifPresent(at -> require(at >= 0, "--imu-start", at, "0 or more"));
    SortedMap<String, String> texts = new TreeMap<>(slots);
    text.ifPresent(words -> texts.put(ExecutionPath.TEXT, words));
    return new Question(
        image,
        audio,
        imu,
        new MotionWindow(
            rate.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
            start.map(OptionalInt::of).orElse(OptionalInt.empty()),
            zeros),
        texts,
        labels,
        prompt.map(words -> Template.parse("", "--prompt", words)),
        maxTokens,
        seed.orElse(0L));
  }

  private static void require(boolean fits, String option, Object found, String expected) {
    if (!fits) {
      throw CommandError.OUT_OF_RANGE.at("", option, found, expected);
    }
  }
}
