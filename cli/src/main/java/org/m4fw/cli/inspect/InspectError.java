package org.m4fw.cli.inspect;

import org.m4fw.base.problem.ErrorCode;

/** Things that nobody can say what they are. */
enum InspectError implements ErrorCode {
  UNKNOWN_JSON("is JSON of no kind that m4fw knows; its fields are %s", InspectError.KNOWN),
  UNKNOWN_FILE(
      "is no image, adapter, checkpoint, graph, key, trust root, recipe or token file",
      InspectError.KNOWN),
  NOT_A_FILE("is neither a regular file nor a directory", InspectError.KNOWN);

  private static final String KNOWN =
      "'m4fw inspect' knows images, adapters, checkpoints (safetensors, PyTorch), ONNX graphs,"
          + " keys, trust roots, recipes and token files";

  private final String template;
  private final String hint;

  InspectError(String template, String hint) {
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
