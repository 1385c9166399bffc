package org.m4fw.adapter.pack;

import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Whether the words of a task are words. They are put between those of the user and the model, so
 * that one that ends a turn or begins another, or is longer than any prompt, would speak for
 * somebody else.
 */
final class PromptText {
  /** Characters in one text, and in all of a task. */
  private static final int LONGEST = 4096;

  private static final int MOST = 1 << 16;
  private static final int DEEPEST = 8;

  /** What tokenizers of the LLaMA, GPT and BERT families read as a token of control. */
  private static final Pattern CONTROL_TOKEN =
      Pattern.compile(
          "</?s>|<(?:unk|pad|bos|eos|mask|0x[0-9A-Fa-f]{2})>|<\\|[^|<>]{0,64}\\|>|\\[/?INST\\]|<</?SYS>>"
              + "|\\[(?:CLS|SEP|PAD|MASK|UNK)\\]");

  private int left = MOST;

  private PromptText() {}

  /**
   * Looks at all texts of a task.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link PackageError#BAD_PROMPT}
   */
  static void require(String file, JsonNode task) {
    new PromptText().require(file, "task", task, 0);
  }

  private void require(String file, String path, JsonNode node, int depth) {
    if (depth > DEEPEST) {
      throw PackageError.BAD_PROMPT.at(file, path, "is nested deeper than " + DEEPEST);
    }
    if (node.isString()) {
      text(file, path, node.stringValue());
    }
    node.properties()
        .forEach(
            entry -> {
              text(file, path, entry.getKey());
              require(file, path + "." + entry.getKey(), entry.getValue(), depth + 1);
            });
    if (node.isArray()) {
      for (JsonNode item : node) {
        require(file, path, item, depth + 1);
      }
    }
  }

  private void text(String file, String path, String text) {
    left -= text.length();
    if (text.length() > LONGEST || left < 0) {
      throw PackageError.BAD_PROMPT.at(
          file, path, "is longer than %d characters, or %d in all".formatted(LONGEST, MOST));
    }
    if (text.chars().anyMatch(PromptText::isControl)) {
      throw PackageError.BAD_PROMPT.at(file, path, "holds a control character");
    }
    if (CONTROL_TOKEN.matcher(text).find()) {
      throw PackageError.BAD_PROMPT.at(
          file, path, "holds what a tokenizer may read as a token of control");
    }
  }

  private static boolean isControl(int character) {
    int type = Character.getType(character);
    return (Character.isISOControl(character) && character != '\n' && character != '\t')
        || type == Character.FORMAT
        || type == Character.PRIVATE_USE;
  }
}
