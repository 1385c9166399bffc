package org.m4fw.adapter.ort;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with an {@code .onnx_adapter} file. */
public enum OnnxAdapterError implements ErrorCode {
  NOT_AN_ADAPTER("is no .onnx_adapter file: %s", "check which file was meant"),
  VERSION("has format version %d, expected %d", "write it with a matching tool"),
  DAMAGED("is damaged: %s at offset %d", "write the file again"),
  UNKNOWN_TYPE("has element type %d, expected 1 (F32), 10 (F16) or 16 (BF16)", "write it as F32"),
  WRONG_LENGTH("has %d bytes of data, shape %s of %s needs %d", "write the file again"),
  DUPLICATE_NAME("is there twice", "write the file again"),
  NOT_AN_INPUT("is no input of %s that is for adapters", "use an image that the adapter fits"),
  WRONG_INPUT("is %s, the input of %s is %s", "use an image that the adapter fits"),
  TOO_LARGE("would take %d bytes, the format holds at most %d", "train with a smaller rank");

  private final String template;
  private final String hint;

  OnnxAdapterError(String template, String hint) {
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
