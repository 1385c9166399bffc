package org.m4fw.cli.hub;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** What keeps files of a hub from being downloaded. */
public enum HubError implements ErrorCode {
  BAD_NAME(
      "is no name of a repository, expected OWNER/NAME or OWNER/NAME@REVISION",
      "copy the name from the address of the model's page",
      Category.USAGE),
  BAD_ENDPOINT(
      "is no address of a hub, expected https://HOST without a query or a password",
      "correct HF_ENDPOINT or --endpoint",
      Category.USAGE),
  BAD_TOKEN(
      "holds characters that no token has",
      "set it to the token alone, without quotes or spaces",
      Category.USAGE),
  NO_REPOSITORY(
      "the hub knows no such repository, or does not show it to you",
      "check the name; for a private one set HF_TOKEN"),
  NO_REVISION("the hub knows no revision '%s' of it", "check the branch, tag or commit"),
  NO_FILE("the hub no longer has this file", "pull again, so that its list is read anew"),
  GATED(
      "is only for those who have agreed to its terms",
      "agree on the model's page, then set HF_TOKEN to a token of that account"),
  REFUSED("the hub refuses (status %d)", "check HF_TOKEN, or unset it"),
  STATUS("the hub answers with status %d", "try again later"),
  UNREACHABLE(
      "gave up after %d attempts: %s",
      "try again: what has arrived is kept; check the network and HF_ENDPOINT"),
  ANSWER("the hub's answer is not what was expected: %s", "check HF_ENDPOINT"),
  REDIRECT(
      "the hub sends elsewhere in a way that is not followed: %s",
      "check HF_ENDPOINT, and that nobody sits in between"),
  BAD_FILE_NAME(
      "the hub lists a file whose name would leave the directory or cannot be used: '%s'",
      "do not trust this repository"),
  NO_DIGEST(
      "the hub gives no digest and size for it, so that nobody could tell whether it is right",
      "use a hub that does"),
  WRONG_DIGEST(
      "what arrived has digest %s, the hub promised %s",
      "somebody changes files on the way, or the hub is damaged; try another network"),
  NOTHING_CHOSEN(
      "none of its %d files is chosen: %s", "choose with --include; --dry-run shows the choice"),
  NO_COMPONENT("has no directory '%s'; there are: %s", "name one of these with --component"),
  SEVERAL_WEIGHTS(
      "holds several files of weights, and none under a name that goes first: %s",
      "choose with --include"),
  NO_ROOM("%d bytes are to be downloaded, the disk has room for %d", "free some space"),
  OTHER_SOURCE("was pulled from %s, not from %s", "choose another directory with --out");

  private final String template;
  private final String hint;
  private final Category category;

  HubError(String template, String hint) {
    this(template, hint, Category.INPUT);
  }

  HubError(String template, String hint, Category category) {
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
