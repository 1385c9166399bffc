package org.m4fw.host;

import org.m4fw.base.problem.ErrorCode;

/** Why a graph cannot be run here, or not on these inputs. */
public enum HostError implements ErrorCode {
  RUNTIME(
      "ONNX Runtime refused: %s",
      "report this with the command line and the checkpoint's config.json"),
  NO_LAYER(
      "the graph has no layer here whose outputs can be scaled",
      "build the image with adapter_slots scales"),
  NO_RUNTIME(
      "ONNX Runtime cannot be loaded: %s",
      "its library is unpacked to the temporary directory: make room there, or name another with TMPDIR"),
  TOKEN_OUT_OF_RANGE(
      "found token %d at position %d, the vocabulary has %d",
      "these tokens were made with another tokenizer"),
  TOO_LONG("found %d tokens, the graph was made for at most %d", "shorten the input"),
  NO_TOKENS("holds no tokens", "give at least one token"),
  MISSING_INPUT("is missing; the model takes %s", "add the tensor"),
  WRONG_INPUT("found %s, expected %s", "correct the tensor"),
  ADAPTER_UNKNOWN_INPUT(
      "has no attachment point in this graph; it has %s", "the adapter was made for another model"),
  NO_ADAPTER_INPUTS(
      "the graph was compiled without attachment points", "compile it again with them"),
  NEEDS_VECTORS(
      "puts %d vectors before the prompt, and this graph takes tokens only",
      "run the checkpoint itself with this adapter: its graph is then made to take vectors"),
  WRONG_VIRTUAL_TOKENS(
      "has %d numbers for each virtual token, expected %d",
      "the adapter was trained for a model of another size"),
  NEEDS_MEMORY(
      "speaks about what its encoder was given, and was given nothing",
      "run it with 'm4fw run', which runs the encoder too"),
  NO_TRANSCRIBER("turns no sound into text: its parts are %s", "give a speech recognition model"),
  NOT_A_DECODER(
      "is a %s graph, not a decoder of text", "give a language model, or run it on tensors"),
  NOT_TOKENS(
      "is no token file: %s", "give JSON of the form {\"window\": 128, \"ids\": [1, 2, ...]}"),
  NO_WINDOWS("holds %d tokens, less than one window of %d", "give more tokens or a smaller window"),
  BAD_TOKENIZER("cannot be read: %s", "download tokenizer.json again"),
  NO_TOKENIZER("has no tokenizer.json", "put the model's tokenizer.json beside its weights");

  private final String template;
  private final String hint;

  HostError(String template, String hint) {
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
