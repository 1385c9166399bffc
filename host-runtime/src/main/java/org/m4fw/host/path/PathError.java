package org.m4fw.host.path;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a path, or with what it is asked. */
public enum PathError implements ErrorCode {
  UNKNOWN_KIND("found %d, expected 1 to 4", "docs/paths.md says what the kinds are"),
  UNKNOWN_ACTION("found '%s', expected one of %s", "say what the component does"),
  KIND_DEMANDS(
      "a path of kind %d crosses %s, found %s",
      "change the components or the kind (docs/paths.md)"),
  BAD_TEMPLATE("found %s in '%s'", "write slots as {name} with a-z 0-9 _, and braces as {{ and }}"),
  SLOT_MISSING("has no slot {%s}, which '%s' fills", "add it to the template"),
  SLOT_NOT_FILLED_BY("has a slot {%s}, and no component fills it", "remove the slot, or add one"),
  VECTOR_SLOT("has a slot {%s} for vectors, where only text can be", "remove the slot"),
  NOT_OF_THIS_KIND("is nothing that a path of kind %d has", "remove it"),
  NO_PART("has no part that can '%s'; its parts are %s", "give it another component"),
  WIDTH_DIFFERS("gives vectors of %d, and '%s' takes %d", "these models do not belong together"),
  NO_OUTPUT("gives no '%s'; it gives %s", "build the image again"),
  NO_INPUT_PORT("takes no '%s'", "build the image again"),
  NO_SIZE("is %s, and axis %d has to be fixed", "build the image again"),
  NO_FILE("cannot '%s' without %s", "put the file beside the model's weights"),
  NO_INPUT("task '%s' needs %s", "give it", Category.USAGE),
  NEEDLESS_INPUT("task '%s' takes no such thing", "leave it out", Category.USAGE),
  NO_LABELS("task '%s' has no labels of its own", "name some with --label", Category.USAGE);

  private final String template;
  private final String hint;
  private final Category category;

  PathError(String template, String hint) {
    this(template, hint, Category.INPUT);
  }

  PathError(String template, String hint, Category category) {
    this.template = template;
    this.hint = hint;
    this.category = category;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }

  @Override
  public Category category() {
    return category;
  }
}
