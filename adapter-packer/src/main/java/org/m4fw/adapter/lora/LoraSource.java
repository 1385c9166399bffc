package org.m4fw.adapter.lora;

/** An adapter in the words of its trainer, which mean layers only together with a base. */
public interface LoraSource {

  /** What it is, for messages: {@code LoRA of lit-llama on fused layers}. */
  String text();

  /**
   * The adapter on this base.
   *
   * @throws org.m4fw.base.problem.ProblemException with an error of the format if it does not fit
   */
  LoraAdapter over(LoraBase base);
}
