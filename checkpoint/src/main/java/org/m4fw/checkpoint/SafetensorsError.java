package org.m4fw.checkpoint;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a safetensors file. */
public enum SafetensorsError implements ErrorCode {
  TOO_SHORT("has %d bytes, a safetensors file at least 10", Hint.DOWNLOAD),
  HEADER_LENGTH("the header length is %s, expected 2 to %d", Hint.OTHER_FORMAT),
  HEADER_PAST_END("the header needs %d bytes, the file has %d", Hint.DOWNLOAD),
  HEADER_START("the header starts with byte 0x%02x, expected '{'", Hint.OTHER_FORMAT),
  HEADER_JSON("the header is not valid JSON: %s", Hint.DOWNLOAD),
  HEADER_FIELD("found %s, expected %s", Hint.WRITER),
  TOO_MANY_TENSORS("holds more than %d tensors", Hint.WRITER),
  DUPLICATE_NAME("is there twice", Hint.WRITER),
  MISSING_FIELD("has no %s", Hint.WRITER),
  UNKNOWN_FIELD("has an unknown field '%s', known are dtype, shape, data_offsets", Hint.WRITER),
  UNKNOWN_DTYPE("dtype %s is not known, known are %s", "convert it to a known dtype"),
  SHAPE_OVERFLOW("shape %s of %s is larger than any file", Hint.WRITER),
  WRONG_LENGTH(
      "offsets [%d, %d] hold %d bytes, shape %s of %s needs %d",
      "the file is damaged or was written by a faulty tool; fetch it again"),
  REVERSED_OFFSETS("offsets [%d, %d] are reversed", Hint.WRITER),
  HOLE("starts at offset %d, but %d bytes before it belong to no tensor", Hint.WRITER),
  OVERLAP("starts at offset %d, inside the tensor before it, which ends at %d", Hint.WRITER),
  DATA_MISSING("the tensors need %d bytes of data, the file has %d", Hint.DOWNLOAD),
  DATA_TRAILING("the tensors hold %d bytes of data, the file has %d", Hint.WRITER);

  private static final class Hint {
    static final String DOWNLOAD = "the file is incomplete or damaged; fetch it again";
    static final String OTHER_FORMAT = "this is not a safetensors file; check which file was meant";
    static final String WRITER = "the tool that wrote the file is faulty, or the file was changed";
  }

  private final String template;
  private final String hint;

  SafetensorsError(String template, String hint) {
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
