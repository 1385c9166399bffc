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
  public void check(ExecutionPath path) {
    QuestionCheck.check(asked(path), this);
  }

  /** The path with the question's own template, if it has one. */
  ExecutionPath asked(ExecutionPath path) {
    return template.map(path::asking).orElse(path);
  }
}
