package org.m4fw.host.audio;

import org.m4fw.base.problem.ErrorCode;

/** Why a file is not a sound that can be taken in. */
public enum AudioError implements ErrorCode {
  NOT_WAV("is no WAV file: %s", "convert the sound to WAV, of any rate and number of channels"),
  DAMAGED("found %s, expected %s", "the file is damaged or cut short; get it again"),
  UNSUPPORTED(
      "found %s, expected %s", "convert the sound to 16-bit PCM; any rate and number of channels"),
  TOO_LONG("holds %d samples, more than the %d allowed", "cut the part out that matters"),
  TOO_SHORT("holds %d samples at %d Hz, expected at least %d", "give a longer sound"),
  NOT_FINITE("sample %d is %s", "the file is damaged; get it again");

  private final String template;
  private final String hint;

  AudioError(String template, String hint) {
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
