package org.m4fw.cli.pipeline;

import org.m4fw.base.problem.ErrorCode;

/** What stops a build apart from its inputs themselves. */
enum PipelineError implements ErrorCode {
  BAD_INTERFACE_VERSION("found '%s', expected a version such as 1.0.0", "correct the recipe"),
  NO_SUCH_OFFER(
      "no component offers the interface %s", "'m4fw adapter interface' says what an image offers"),
  INTERFACE_BROKEN(
      "%s: the interface differs from that of the last release, which was %s, and is called %s; such"
          + " a %s change asks for %s or newer",
      "give it that version, or restore what adapters rely on; 'm4fw adapter interface --diff' lists"
          + " all changes"),
  ONLY_COMPILED(
      "%s runs .tflite files, which do not run on this machine",
      "choose a target that runs ONNX; 'm4fw compile' and 'm4fw build' write .tflite files"),
  NO_RANGES(
      "%s computes in whole numbers, whose ranges have to be measured",
      "add \"calibration\": a token file, or inputs as safetensors; or leave the component to the"
          + " host of that target with \"on_host\""),
  NO_HOST(
      "%s does not name a target for what is not its work, such as looking tokens up",
      "add \"host\" to \"runtime\" in the target's file"),
  CACHE_NOT_MASKED(
      "is not told which keys of a cache of %s are there",
      "leave past_sequence_length out: the whole sequence is computed at once"),
  NO_REPRESENTATIVE(
      "%s computes in whole numbers, whose ranges follow from an adapter as well",
      "name one that is like those that the graphs shall take, with --adapter"),
  NO_POINTS("has no layers that take adapters", "compile it without a rank for adapters"),
  EMPTY_INPUT("holds no files", "give the directory of an adapter");

  private final String template;
  private final String hint;

  PipelineError(String template, String hint) {
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
