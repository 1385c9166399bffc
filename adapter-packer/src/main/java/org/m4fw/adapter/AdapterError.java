package org.m4fw.adapter;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with an adapter before its format is known. */
public enum AdapterError implements ErrorCode {
  UNKNOWN_FORMAT(
      "is no adapter that m4fw reads: %s",
      "give an adapter package, a directory with adapter_config.json and adapter_model.safetensors,"
          + " or the trained tensors of PandaGPT or lit-llama"),
  NOT_LORA("is %s, and this takes LoRA only", "train the adapter as LoRA"),
  NEEDS_CHECKPOINT(
      "cannot be added to graphs that are compiled already: %s",
      "run the checkpoint that the graphs were made from with this adapter, build the image with"
          + " room for it ('adapter_slots'), or train plain LoRA"),
  ALPHA_NOT_USED("has no alpha: it is %s", "leave --adapter-alpha out"),
  ALPHA_KNOWN("is a package, which says alpha itself", "leave --adapter-alpha out");

  private final String template;
  private final String hint;

  AdapterError(String template, String hint) {
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
