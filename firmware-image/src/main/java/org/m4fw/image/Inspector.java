package org.m4fw.image;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Explains sections to people; other modules know what weights, graphs and adapters are. */
public interface Inspector {

  /**
   * What a section holds.
   *
   * @param summary one line
   * @param details for {@code --json}
   */
  record Explanation(String summary, JsonNode details) {}

  /**
   * Explains a section; empty if this inspector does not know its kind.
   *
   * @throws org.m4fw.base.problem.ProblemException if it knows the kind and the section is broken
   */
  Optional<Explanation> explain(Manifest manifest, MappedSection section);
}
