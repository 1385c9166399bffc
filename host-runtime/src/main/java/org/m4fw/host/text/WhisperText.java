package org.m4fw.host.text;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * Reads the tokens of a transcript: those of {@code tokenizer.json} without the special ones and
 * without times, which follow the token {@code <|notimestamps|>} and are no special ones for the
 * file.
 */
public final class WhisperText implements AutoCloseable {
  private static final String NO_TIMES = "<|notimestamps|>";
  private static final long MOST_BYTES = 64 << 20;

  private final Tokenizer tokenizer;
  private final long lastWithoutTime;

  private WhisperText(Tokenizer tokenizer, long lastWithoutTime) {
    this.tokenizer = tokenizer;
    this.lastWithoutTime = lastWithoutTime;
  }

  /**
   * Reads {@code tokenizer.json}.
   *
   * @throws org.m4fw.base.problem.ProblemException if it is not Whisper's
   */
  public static WhisperText open(Path file) {
    return parse(file.toString(), FileBytes.read(file, MOST_BYTES));
  }

  /** As {@link #open}; {@code file} is for messages. */
  public static WhisperText parse(String file, byte[] tokenizer) {
    OptionalLong last = OptionalLong.empty();
    Fields fields = Fields.of(file, StrictJson.parse(file, tokenizer));
    for (Fields token : fields.objects("added_tokens")) {
      if (token.string("content").equals(NO_TIMES)) {
        last = OptionalLong.of(token.integer("id", 0, Integer.MAX_VALUE));
      }
    }
    long lastWithoutTime =
        last.orElseThrow(
            () ->
                TextError.BAD_VOCABULARY.at(
                    file, "added_tokens", "no " + NO_TIMES, "Whisper's tokens"));
    return new WhisperText(Tokenizer.open(file, tokenizer), lastWithoutTime);
  }

  /** The text of tokens. */
  public String decode(long[] ids) {
    return tokenizer
        .decode(Arrays.stream(ids).filter(id -> id <= lastWithoutTime).toArray())
        .strip();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
