package org.m4fw.checkpoint.onnx;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with an ONNX file, or with the data beside it. */
public enum OnnxFileError implements ErrorCode {
  TOO_LARGE(
      "has %d bytes, a file of this format has at most %d",
      "save the weights as external data, in a file beside the graph"),
  END("ends early: %d bytes wanted, %d left", Hint.DOWNLOAD),
  MALFORMED("%s", Hint.WRITER),
  LIMIT("found more than %d %s", Hint.LIMIT),
  NO_GRAPH("holds no graph", Hint.DOWNLOAD),
  UNSUPPORTED("holds %s, which is not supported", "export the model again without them"),
  DUPLICATE("is there twice", Hint.WRITER),
  ELEMENT_TYPE("element type %d is not supported", "export the model with numbers of usual types"),
  SHAPE("shape %s is larger than any file", Hint.WRITER),
  DATA_SIZE("has %d bytes of data, shape %s needs %d", Hint.WRITER),
  LOCATION(
      "refers to data at '%s', expected a plain path below the directory of the graph",
      Hint.CHANGED),
  SYMBOLIC_LINK(
      "refers to data through the symbolic link %s, which could lead anywhere", Hint.COPY),
  HARD_LINK("refers to %s, of which there are %d hard links, expected 1", Hint.COPY),
  NOT_REGULAR("refers to %s, which is not a regular file", Hint.DOWNLOAD),
  EXTERNAL_FIELD("has the external data field %s", Hint.CHANGED),
  DATA_OUT_OF_RANGE(
      "needs %d bytes from offset %d of %s, which has %d bytes",
      "the data file is cut short or belongs to another graph; fetch both again");

  private static final class Hint {
    static final String DOWNLOAD = "the file is incomplete or damaged; fetch it again";
    static final String WRITER = "the tool that wrote the file is faulty, or the file was changed";
    static final String LIMIT = "no model needs that many; the file was made to exhaust its reader";
    static final String CHANGED = "do not use the file if you do not know why it does so";
    static final String COPY = "copy the data file itself to the directory of the graph";
  }

  private final String template;
  private final String hint;

  OnnxFileError(String template, String hint) {
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
