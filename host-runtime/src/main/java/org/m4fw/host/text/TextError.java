package org.m4fw.host.text;

import org.m4fw.base.problem.ErrorCode;

/** Why a vocabulary cannot be used, or a text not be put into its tokens. */
public enum TextError implements ErrorCode {
  BAD_VOCABULARY("found %s, expected %s", "download the tokenizer's files again"),
  NOT_GZIP("is no gzip file: %s", "download bpe_simple_vocab_16e6.txt.gz again"),
  TOO_LARGE("has more than the %d bytes allowed", "this is hardly a list of merges"),
  UNSUPPORTED("found %s, which is not supported", "give the text as the model's symbols"),
  UNKNOWN_PHONEMES(
      "found %s, expected some of %s",
      "give phonemes separated by spaces; how words are spoken is not looked up"),
  NO_SYMBOLS("has no symbol that the model speaks", "give a text with letters"),
  TOO_LONG("has %d characters, more than the %d allowed", "shorten the text");

  private final String template;
  private final String hint;

  TextError(String template, String hint) {
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
