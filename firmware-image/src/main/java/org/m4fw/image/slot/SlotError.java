package org.m4fw.image.slot;

import org.m4fw.base.problem.ErrorCode;

/** What stands against installing or starting an image. */
public enum SlotError implements ErrorCode {
  OTHER_PRODUCT(
      "is for the product '%s', this device runs '%s'", "install the image of the device"),
  NO_BASE(
      "there is no good image that the delta could be applied to", "install a whole image first"),
  NOTHING_TO_START("holds no image that can be started", "install one: `m4fw image install`"),
  SLOT_DIFFERS(
      "holds image %s, the state says %s", "somebody changed the slot: install the image again"),
  NOTHING_ON_TRIAL("no image is on trial", "install one first"),
  NOT_ANSWERED(
      "the image in slot %s was not started, or did not give its known answers",
      "start it first: `m4fw image boot`; an image is good only after its known answers"),
  NO_OTHER_IMAGE("slot %s holds no good image to fall back to", "install one"),
  SLOTS_INVALID("found %s, expected %s", "this is not a slot state, or one of a newer m4fw");

  private final String template;
  private final String hint;

  SlotError(String template, String hint) {
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
