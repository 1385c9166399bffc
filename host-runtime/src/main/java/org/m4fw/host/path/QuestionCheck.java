package org.m4fw.host.path;

import java.util.Arrays;
import java.util.SortedSet;

/** Whether a question has what a path needs, and nothing else. */
final class QuestionCheck {
  private final ExecutionPath path;
  private final Question question;
  private final boolean matches;

  private QuestionCheck(ExecutionPath path, Question question) {
    this.path = path;
    this.question = question;
    this.matches = path.kind() == PathKind.EMBEDDING_ONLY;
  }

  static void check(ExecutionPath path, Question question) {
    QuestionCheck check = new QuestionCheck(path, question);
    check.files();
    check.labels();
    check.texts();
    check.limits();
  }

  private void files() {
    boolean hears = path.does(Action.EMBED_AUDIO) || path.does(Action.TRANSCRIBE);
    file(path.does(Action.EMBED_IMAGE), question.image().isPresent(), "--image");
    file(hears, question.audio().isPresent(), "--audio");
    file(path.does(Action.EMBED_IMU), question.imu().isPresent(), "--imu");
  }

  private void file(boolean wanted, boolean given, String option) {
    if (wanted && !given) {
      throw PathError.NO_INPUT.at("", option, path.name(), "a file");
    }
    needless(given && !wanted, option);
  }

  private void labels() {
    needless(!matches && !question.labels().isEmpty(), "--label");
    if (matches && question.labels().isEmpty() && path.labels().isEmpty()) {
      throw PathError.NO_LABELS.at("", "--label", path.name());
    }
  }

  private void texts() {
    SortedSet<String> slots = (matches ? path.labelPrompt() : path.prompt()).slots();
    for (String slot : question.texts().keySet()) {
      needless(!slots.contains(slot) || isFilledByItself(slot), option(slot));
    }
    for (String slot : slots) {
      boolean filled = question.texts().containsKey(slot) || path.slots().containsKey(slot);
      if (!filled && !isFilledByItself(slot)) {
        throw PathError.NO_INPUT.at("", option(slot), path.name(), "text for {" + slot + "}");
      }
    }
  }

  private void limits() {
    needless(question.maxTokens().isPresent() && !path.kind().hasBackbone(), "--max-tokens");
  }

  private void needless(boolean given, String option) {
    if (given) {
      throw PathError.NEEDLESS_INPUT.at("", option, path.name());
    }
  }

  /** Slots of components, and that of the label. */
  private boolean isFilledByItself(String slot) {
    return (matches && slot.equals(ExecutionPath.LABEL))
        || Arrays.stream(Action.values()).anyMatch(action -> action.slot().equals(slot));
  }

  private static String option(String slot) {
    return slot.equals(ExecutionPath.TEXT) ? "--text" : "--slot " + slot;
  }
}
