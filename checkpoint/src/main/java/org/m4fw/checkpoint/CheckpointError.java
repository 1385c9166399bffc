package org.m4fw.checkpoint;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a checkpoint as a whole. */
public enum CheckpointError implements ErrorCode {
  NO_WEIGHTS(
      "holds no weights under a name that a reader looks for: %s",
      "give the directory of a downloaded model, or name the weight file itself"),
  NO_PARTS(
      "names no directory with weights beside it; its fields are %s",
      "the download is incomplete; fetch the directories that it names"),
  UNKNOWN_FORMAT(
      "is no model file that m4fw knows: it starts with %s",
      "give a directory as downloaded, a safetensors, PyTorch, GGUF or ONNX file"),
  INDEX_IN_INDEX(
      "is an index of files itself, expected a file of tensors",
      "the index was changed or is made by a faulty tool; fetch it again"),
  SEVERAL_WEIGHTS(
      "holds several files of weights, and none under a name that goes first: %s",
      "name the file itself"),
  COPIES_TOO_LARGE(
      "shape %s with strides %s is a view larger than the file that holds it",
      "save the model again with 'contiguous' tensors"),
  GGUF_QUANTIZED(
      "%d of its %d tensors are quantized in ways that are not read (%s)",
      "take the file in Q4_0, Q8_0, Q4_K or Q6_K, in F16, BF16 or F32, or the model's safetensors"),
  BAD_SHARD_NAME(
      "'%s' is not the plain name of a file in the same directory",
      "the index was changed or is made by a faulty tool; fetch it again"),
  EMPTY_INDEX("names no tensors", "the index is incomplete; fetch it again"),
  SHARD_MISSING(
      "is missing; it holds %d of the %d tensors: %s",
      "the download is incomplete; fetch the missing file"),
  TENSOR_NOT_IN_SHARD(
      "the index expects tensors in it that it does not hold: %s",
      "index and shards are of different versions; fetch all of them again"),
  TENSOR_NOT_IN_INDEX(
      "holds tensors that the index does not place in it: %s",
      "index and shards are of different versions; fetch all of them again"),
  TENSOR_TWICE(
      "is in another file of the directory too", "keep only one of the files that hold it"),
  BAD_ARRAYS(
      "cannot be read as arrays of NumPy: %s", "fetch it again from where the weights come from"),
  NO_SUCH_TENSOR("there is no such tensor%s", "'m4fw inspect' lists the tensors of a checkpoint"),
  NOT_FLOAT(
      "dtype %s cannot be read as numbers here, expected F32, F16, BF16 or F64",
      "convert the tensor to one of these");

  private final String template;
  private final String hint;

  CheckpointError(String template, String hint) {
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
