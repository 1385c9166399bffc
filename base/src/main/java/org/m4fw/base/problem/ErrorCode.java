package org.m4fw.base.problem;

import java.nio.file.Path;
import java.util.Locale;

/**
 * One entry of an error catalogue. Each module has one enum per subject that implements this, so
 * that every error of the tool can be listed, tested and searched for by its stable name.
 */
public interface ErrorCode {
  /** The stable name, as the enum constant spells it. */
  String name();

  /**
   * What is wrong, found against expected, as a {@link java.util.Formatter} template, one line,
   * without a full stop.
   */
  String template();

  /** What the user can do about it, one line. */
  String hint();

  default Category category() {
    return Category.INPUT;
  }

  /**
   * The exception to throw.
   *
   * @param file the file that is wrong
   * @param item what inside the file is wrong: a tensor, a field, an offset; empty if the whole
   * @param arguments for the template
   */
  default ProblemException at(Path file, String item, Object... arguments) {
    return at(file.toString(), item, arguments);
  }

  /** As {@link #at(Path, String, Object...)}, for things that have no path. */
  default ProblemException at(String file, String item, Object... arguments) {
    return new ProblemException(problem(file, item, arguments));
  }

  default Problem problem(String file, String item, Object... arguments) {
    return new Problem(this, file, item, String.format(Locale.ROOT, template(), arguments), hint());
  }
}
