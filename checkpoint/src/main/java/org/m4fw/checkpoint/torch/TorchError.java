package org.m4fw.checkpoint.torch;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a PyTorch file. */
public enum TorchError implements ErrorCode {
  ZIP_DAMAGED("the zip container cannot be read: %s", Hint.DOWNLOAD),
  ZIP_END("does not end with the end record of a zip container without comment", Hint.DOWNLOAD),
  ZIP_ENTRY("%s, expected a stored entry as torch.save writes it", Hint.WRITER),
  ZIP_DUPLICATE("is there twice", Hint.WRITER),
  ZIP_OVERLAP("overlaps %s", Hint.WRITER),
  ZIP_NAME("the name in front of the data is another than in the directory", Hint.WRITER),
  NO_PICKLE("is a zip file that holds no data.pkl, so torch.save did not write it", Hint.OTHER),
  MANY_PICKLES("holds several data.pkl: %s", Hint.WRITER),
  TORCHSCRIPT(
      "is a TorchScript program, which holds code beside its weights",
      "get the file with the plain weights (state dict), best as safetensors"),
  BIG_ENDIAN(
      "holds numbers in big-endian order, expected little-endian",
      "save the model again on a little-endian machine, or convert it to safetensors"),
  BYTE_ORDER("says '%s', expected 'little'", Hint.WRITER),
  NOT_TORCH("is a pickle, but none that torch.save writes: %s", Hint.OTHER),
  GLOBAL_REFUSED(
      "the pickle names %s, which no state dict needs and which could run code",
      "get the weights as safetensors; or, if you trust the file, save its state dict alone with"
          + " PyTorch"),
  OPCODE_REFUSED("pickle opcode %s is not used by torch.save", Hint.WRITER),
  PICKLE_TOO_LONG("the pickle has %d bytes, the limit is %d", Hint.LIMIT),
  PICKLE_END("the pickle ends early", Hint.DOWNLOAD),
  PICKLE_LIMIT("the pickle exceeds a limit: more than %d %s", Hint.LIMIT),
  PICKLE_PROTOCOL("pickle protocol %d is not known, known are 2 to 5", Hint.WRITER),
  PICKLE_TEXT("holds a string that is not UTF-8", Hint.WRITER),
  PICKLE_STACK("opcode needs %s, but finds %s", Hint.WRITER),
  PICKLE_MEMO("refers to value %d, which was never put aside", Hint.WRITER),
  PICKLE_ARGUMENTS("%s is called with %s, expected %s", Hint.WRITER),
  PICKLE_TRAILING("%d bytes follow the end of the pickle", Hint.WRITER),
  STORAGE_VIEW(
      "storage '%s' is a view of another storage, as files of 2017 have it",
      "load the file with PyTorch and save it again"),
  STORAGE_TYPES("storage '%s' is used as %d × %d bytes and as %d × %d", Hint.WRITER),
  STORAGE_MISSING("the file holds no storage '%s'", Hint.DOWNLOAD),
  STORAGE_UNKNOWN("storage '%s' is in the file, but no tensor names it", Hint.WRITER),
  STORAGE_LENGTH("storage '%s' has %s, the pickle says %s", Hint.DOWNLOAD),
  DATA_MISSING("storage '%s' needs %d bytes, the file has %d left", Hint.DOWNLOAD),
  DATA_TRAILING("%d bytes follow the last storage", Hint.WRITER),
  SHAPE("shape %s with strides %s is not possible", Hint.WRITER),
  OUT_OF_STORAGE(
      "shape %s with strides %s from element %d leaves its storage of %d elements", Hint.WRITER),
  NO_TENSORS(
      "holds no tensors where a state dict has them; at the top is %s",
      "save the state dict of the model, or a dictionary with it under 'state_dict' or 'model'"),
  SEVERAL_MODELS(
      "holds tensors under several names: %s", "save the state dict of the one that is meant"),
  KEY("a tensor has %s for its name, expected a string of at most %d characters", Hint.WRITER),
  DUPLICATE_TENSOR("is there twice", Hint.WRITER),
  NESTED("dictionaries are nested more than %d deep, or too many", Hint.LIMIT);

  private static final class Hint {
    static final String DOWNLOAD = "the file is incomplete or damaged; fetch it again";
    static final String WRITER = "the tool that wrote the file is faulty, or the file was changed";
    static final String OTHER = "check which file was meant";
    static final String LIMIT = "no model needs that much; the file was made to exhaust its reader";
  }

  private final String template;
  private final String hint;

  TorchError(String template, String hint) {
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
