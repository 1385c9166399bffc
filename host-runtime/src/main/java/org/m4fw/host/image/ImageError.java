package org.m4fw.host.image;

import org.m4fw.base.problem.ErrorCode;

/** Why a file is not an image that can be taken in. */
public enum ImageError implements ErrorCode {
  UNKNOWN_FORMAT("is no PNG, JPEG or BMP file", "convert the image to PNG"),
  TOO_LARGE(
      "has %s, more than the %s allowed",
      "scale the image down; models look at a few hundred pixels"),
  DAMAGED("cannot be decoded: %s", "the file is damaged or cut short; get it again"),
  UNSUPPORTED("has %s, which is not supported", "convert the image to an RGB PNG"),
  NOT_AN_IMAGE("found %s, expected [1, 3, height, width]", "this is no output of an image decoder");

  private final String template;
  private final String hint;

  ImageError(String template, String hint) {
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
