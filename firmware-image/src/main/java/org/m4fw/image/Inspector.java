package org.m4fw.image;

import java.util.List;
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
   * Something about a section that may be as its maker wanted it, but hardly is.
   *
   * @param section its id
   * @param item what in it
   * @param message one line
   */
  record Oddity(String section, String item, String message) {
    /** All in one line. */
    public String text() {
      return "%s: %s: %s".formatted(section, item, message);
    }
  }

  /**
   * Explains a section; empty if this inspector does not know its kind.
   *
   * @throws org.m4fw.base.problem.ProblemException if it knows the kind and the section is broken
   */
  Optional<Explanation> explain(Manifest manifest, MappedSection section);

  /**
   * Looks at what a section means, whose digest was found to be right: a good signature is no proof
   * that its maker's tools did not err.
   *
   * @return what is odd, in the order of the section
   * @throws org.m4fw.base.problem.ProblemException if no device can run it as it is
   */
  default List<Oddity> examine(ImageFile image, Section section) {
    return List.of();
  }

  /**
   * What came of trying a section.
   *
   * @param section its id, or that of one that cannot be tried
   * @param tried whether there was something to try
   * @param message one line
   */
  record Trial(String section, boolean tried, String message) {}

  /**
   * Tries what a section is for, on this machine: whether it works, beyond being what was signed.
   * All sections have been verified.
   *
   * @return what was tried, and what could have been if its maker had said how
   * @throws org.m4fw.base.problem.ProblemException if it does not work
   */
  default List<Trial> run(ImageFile image, Section section) {
    return List.of();
  }

  /**
   * A part of a section that people have a name for: a tensor.
   *
   * @param group what it belongs to, such as a layer; may be empty
   * @param offset in the section, in bytes
   */
  record Part(String name, String group, long offset, long length) {}

  /** The parts of a section that this inspector knows, in any order; they may overlap. */
  default List<Part> parts(ImageFile image, Section section) {
    return List.of();
  }
}
