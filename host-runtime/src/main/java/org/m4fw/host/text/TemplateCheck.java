package org.m4fw.host.text;

import org.m4fw.host.HostError;
import tools.jackson.databind.JsonNode;

/**
 * Whether the templates of a {@code tokenizer.json} use only the special tokens that they define.
 * The native reader loads a file that does not, and ends the process at the first text.
 */
final class TemplateCheck {
  private static final int MAX_DEPTH = 16;

  private TemplateCheck() {}

  /**
   * Checks all processors after the model.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link HostError#BAD_TOKENIZER}
   */
  static void require(String file, JsonNode document) {
    processor(file, document.path("post_processor"), 0);
  }

  private static void processor(String file, JsonNode processor, int depth) {
    if (depth > MAX_DEPTH) {
      throw HostError.BAD_TOKENIZER.at(file, "post_processor", "processors within processors");
    }
    for (JsonNode inner : processor.path("processors")) {
      processor(file, inner, depth + 1);
    }
    JsonNode defined = processor.path("special_tokens");
    for (String template : new String[] {"single", "pair"}) {
      for (JsonNode piece : processor.path(template)) {
        JsonNode id = piece.path("SpecialToken").path("id");
        if (id.isString() && !defined.has(id.asString())) {
          throw HostError.BAD_TOKENIZER.at(
              file,
              "post_processor." + template,
              "'%s' is not among its special tokens".formatted(id.asString()));
        }
      }
    }
  }
}
