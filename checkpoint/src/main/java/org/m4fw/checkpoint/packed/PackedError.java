package org.m4fw.checkpoint.packed;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with weights that come quantized. */
public enum PackedError implements ErrorCode {
  SETTING("found %s, expected %s", "quantize the model's original weights with m4fw instead"),
  TENSOR("found %s, expected %s", "the file is damaged, or of a variant that is not known"),
  MISSING("there is no %s beside it", "the download is incomplete; fetch it again"),
  GROUP("column %d is in group %d, expected 0 to %d", "the tool that wrote the file is faulty"),
  GGUF_NAME("has a name that no LLaMA has", "take the model's safetensors"),
  GGUF_VALUE("found %s, expected %s", "the file was made for something that is not read here");

  private final String template;
  private final String hint;

  PackedError(String template, String hint) {
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
