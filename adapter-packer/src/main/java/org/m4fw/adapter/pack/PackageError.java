package org.m4fw.adapter.pack;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with an adapter package, or with making one. */
public enum PackageError implements ErrorCode {
  BAD_ID(
      "'%s' is not an adapter id in reverse-DNS form",
      "use lower-case parts with dots, such as org.example.translate"),
  DOES_NOT_FIT(
      "does not fit %s %s (%s): %s", "see which interfaces an image offers with 'm4fw inspect'"),
  NOT_REPRESENTABLE(
      "cannot be packed: %s",
      "run it from its directory over the checkpoint, or train it as LoRA of linear layers"),
  NOT_LORA("is %s, and this takes low-rank adapters only", "use a package that holds LoRA"),
  BAD_PROMPT(
      "the text %s",
      "say what the task is for in plain words; the application adds its own template"),
  BAD_DEVELOPER(
      "is %d characters long or holds others than can be printed",
      "write a name or an address of up to 128 characters"),
  BAD_EVALUATION(
      "is %d bytes long, expected 1 to %d", "give the signed statement that 'm4fw eval' wrote"),
  UNKNOWN_SCHEMA("found %s, expected %s", "use the version of m4fw that wrote the package"),
  BAD_FIELD("found '%s', expected %s", "pack the adapter again"),
  UNEXPECTED_METADATA("holds metadata, which weights in a package may not", "pack it again"),
  UNALIGNED("starts at offset %d, not a multiple of its element size", "pack it again"),
  UNEXPECTED_TENSOR("is not named by the manifest", "pack the adapter again"),
  PROMPT_DIFFERS("the manifest says %s, the weights hold %s", "pack the adapter again"),
  RESOURCES_DIFFER("is %s, expected %s, as the shapes say", "pack the adapter again"),
  POINT_DIFFERS("the manifest says %s, the weights are %s", "pack the adapter again"),
  BAD_ANSWERS(
      "holds %s, expected input_ids I64 [cases, length] and finite logits F32 [cases, vocabulary], up to"
          + " %d cases of up to %d tokens",
      "bind the adapter again"),
  ANSWERS_NOT_FINITE(
      "the graph answers with a score that is %s, expected finite ones",
      "the adapter drives the graph to where its numbers end: train it with smaller weights or alpha"),
  ANSWERS_MISSING(
      "the manifest and the sections disagree whether known answers are there", "bind it again"),
  FORM_DIFFERS(
      "the runtime form %s does not hold the numbers of the portable weights",
      "pack the adapter again");

  private final String template;
  private final String hint;

  PackageError(String template, String hint) {
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
