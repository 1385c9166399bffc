package org.m4fw.checkpoint.gguf;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a GGUF file. */
public enum GgufError implements ErrorCode {
  NOT_GGUF("does not start with 'GGUF'", "check which file was meant"),
  VERSION("version %d is not known, known are 2 and 3", "convert it with today's llama.cpp"),
  BIG_ENDIAN("holds numbers in big-endian order, expected little-endian", "convert it again"),
  END("the header ends early: %d bytes wanted, %d left", Hint.DOWNLOAD),
  LIMIT("found %s, the limit is %d", Hint.LIMIT),
  TEXT("is not UTF-8", Hint.WRITER),
  VALUE_TYPE("value type %d is not known, known are 0 to 12", Hint.WRITER),
  NESTED_ARRAY("is an array of arrays, which no reader expects", Hint.WRITER),
  FLAG("byte %d for a truth value, expected 0 or 1", Hint.WRITER),
  DUPLICATE("is there twice", Hint.WRITER),
  ALIGNMENT("the alignment is %s, expected a power of two from 1 to 2^20 as UINT32", Hint.WRITER),
  RANK("has %d dimensions, at most 4 are expected", Hint.WRITER),
  TENSOR_TYPE(
      "tensor type %d is not known", "the file is newer than this program, or it was changed"),
  SHAPE("shape %s of %s is larger than any file", Hint.WRITER),
  BLOCK("%d elements in a row of %s, expected a multiple of %d", Hint.WRITER),
  OFFSET("starts at offset %d, expected %d, behind the tensor before it", Hint.WRITER),
  DATA_MISSING("the tensors need %d bytes of data, the file has %d", Hint.DOWNLOAD),
  DATA_TRAILING("%d bytes follow the last tensor", Hint.WRITER);

  private static final class Hint {
    static final String DOWNLOAD = "the file is incomplete or damaged; fetch it again";
    static final String WRITER = "the tool that wrote the file is faulty, or the file was changed";
    static final String LIMIT = "no model needs that much; the file was made to exhaust its reader";
  }

  private final String template;
  private final String hint;

  GgufError(String template, String hint) {
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
