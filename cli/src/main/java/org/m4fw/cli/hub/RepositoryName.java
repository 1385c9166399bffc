package org.m4fw.cli.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository of models and the state of it that is wanted.
 *
 * @param owner and
 * @param name as in the address of its page
 * @param revision a branch, tag or commit
 */
public record RepositoryName(String owner, String name, Optional<String> revision) {
  private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
  private static final Pattern FORM =
      Pattern.compile("(" + PART + ")/(" + PART + ")(?:@([A-Za-z0-9][A-Za-z0-9._/-]{0,199}))?");

  /**
   * Reads {@code OWNER/NAME} or {@code OWNER/NAME@REVISION}.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link HubError#BAD_NAME}
   */
  public static RepositoryName parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || text.contains("..")) {
      throw HubError.BAD_NAME.at(text, "");
    }
    return new RepositoryName(form.group(1), form.group(2), Optional.ofNullable(form.group(3)));
  }

  /** {@code OWNER/NAME}. */
  public String id() {
    return owner + "/" + name;
  }
}
