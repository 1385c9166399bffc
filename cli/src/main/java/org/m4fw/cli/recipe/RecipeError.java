package org.m4fw.cli.recipe;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a recipe or with what its lock file says. */
public enum RecipeError implements ErrorCode {
  BAD_NAME(
      "found '%s', expected a lower-case letter or digit, then up to 62 of a-z 0-9 . _ -",
      "choose a name of that form"),
  BAD_COMPONENT_NAME(
      "found '%s', expected a lower-case letter or digit, then up to 23 of a-z 0-9 -",
      "choose a name of that form"),
  BAD_VERSION("found '%s', expected a version such as 1.0.0", "give three numbers with dots"),
  BAD_ADAPTER_ID(
      "found '%s', expected a reversed domain such as org.example.licence", "choose such an id"),
  EMPTY("is empty", "name at least one"),
  DUPLICATE("'%s' is there twice", "remove one, or rename it"),
  UNKNOWN_SCHEME("found '%s', expected one of %s", "choose one of these schemes"),
  UNKNOWN_COMPONENT("there is no component '%s'; there are %s", "name one of the components"),
  UNKNOWN_ADAPTER(
      "there is no adapter '%s' of the path's backbone; there are %s", "name one of the adapters"),
  COMPONENT_NEEDED(
      "there are several components: %s", "say with \"component\" which one it is for"),
  NO_ATTACHMENT("component '%s' takes no adapters", "remove the adapter from the recipe"),
  TWO_PASSPHRASES("both \"env\" and \"file\" are given", "give one of them"),
  NO_PASSPHRASE("neither \"env\" nor \"file\" is given", "give one of them"),
  NO_LICENCE(
      "its licence is stated neither in the recipe nor with the model",
      "state it in the recipe: \"licence\": \"Apache-2.0\""),
  LOCK_DIFFERS(
      "the inputs are not those of the lock file: %s",
      "restore the inputs, or build without --locked to accept them"),
  LOCK_MISSING("there is no lock file", "build once without --locked to make it"),
  LOCK_UNREADABLE("is no lock file that m4fw wrote: %s", "remove it; the next build makes it anew");

  private final String template;
  private final String hint;

  RecipeError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }
}
