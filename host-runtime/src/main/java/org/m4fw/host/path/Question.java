package org.m4fw.host.path;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.host.motion.MotionWindow;

/**
 * What a path is asked.
 *
 * @param image an image file
 * @param audio a sound file
 * @param imu a file of movement
 * @param window which part of the movement is meant
 * @param texts what fills text slots, {@link ExecutionPath#TEXT} among them
 * @param labels the classes; empty for those of the path
 * @param template in the place of the path's own
 * @param maxTokens the longest answer; empty for the path's own limit
 * @param seed the same one gives the same image
 */
public record Question(
    Optional<Path> image,
    Optional<Path> audio,
    Optional<Path> imu,
    MotionWindow window,
    SortedMap<String, String> texts,
    List<String> labels,
    Optional<Template> template,
    Optional<Integer> maxTokens,
    long seed) {
  public Question {
    texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
    labels = List.copyOf(labels);
  }

  /**
   * Refuses what is missing and what the path has no use for.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PathError}
   */
  void check(ExecutionPath path) {
    check(path, path.does(Action.EMBED_IMAGE), image.isPresent(), "--image");
    boolean hears = path.does(Action.EMBED_AUDIO) || path.does(Action.TRANSCRIBE);
    check(path, hears, audio.isPresent(), "--audio");
    check(path, path.does(Action.EMBED_IMU), imu.isPresent(), "--imu");
    boolean matches = path.kind() == PathKind.EMBEDDING_ONLY;
    if (!matches && !labels.isEmpty()) {
      throw PathError.NEEDLESS_INPUT.at("", "--label", path.name());
    }
    if (matches && labels.isEmpty() && path.labels().isEmpty()) {
      throw PathError.NO_LABELS.at("", "--label", path.name());
    }
    Template template = matches ? path.labelPrompt() : path.prompt();
    for (String slot : texts.keySet()) {
      if (!template.slots().contains(slot) || filledByComponent(slot)) {
        throw PathError.NEEDLESS_INPUT.at("", option(slot), path.name());
      }
    }
    for (String slot : template.slots()) {
      boolean filled = texts.containsKey(slot) || path.slots().containsKey(slot);
      if (!filled && !filledByComponent(slot) && !slot.equals(ExecutionPath.LABEL)) {
        throw PathError.NO_INPUT.at("", option(slot), path.name(), "text for {" + slot + "}");
      }
    }
  }

  private static void check(ExecutionPath path, boolean wanted, boolean given, String option) {
    if (wanted && !given) {
      throw PathError.NO_INPUT.at("", option, path.name(), "a file");
    }
    if (given && !wanted) {
      throw PathError.NEEDLESS_INPUT.at("", option, path.name());
    }
  }

  private static boolean filledByComponent(String slot) {
    for (Action action : Action.values()) {
      if (action.slot().equals(slot)) {
        return true;
      }
    }
    return false;
  }

  private static String option(String slot) {
    return slot.equals(ExecutionPath.TEXT) ? "--text" : "--slot " + slot;
  }
}
