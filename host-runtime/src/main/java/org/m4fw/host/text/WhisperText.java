package org.m4fw.host.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * What Whisper's decoder is asked and how its answer is read: the tokens before the text, the
 * tokens that it must not choose, the one that ends the text. Out of {@code tokenizer.json} and
 * {@code generation_config.json}.
 */
public final class WhisperText implements AutoCloseable {
  private static final long MOST_BYTES = 64 << 20;
  private static final int MOST_TOKENS = 1 << 20;

  private final String file;
  private final Tokenizer tokenizer;
  private final Map<String, Long> special;
  private final boolean multilingual;
  private final long[] suppressed;
  private final long[] suppressedFirst;

  private WhisperText(String file, byte[] tokenizer, Fields generation) {
    this.file = file;
    this.special = special(file, tokenizer);
    this.multilingual = generation.bool("is_multilingual", generation.has("lang_to_id"));
    this.suppressed = generation.integers("suppress_tokens", -1, MOST_TOKENS);
    this.suppressedFirst = generation.integers("begin_suppress_tokens", -1, MOST_TOKENS);
    id("<|startoftranscript|>");
    id("<|notimestamps|>");
    id("<|endoftext|>");
    this.tokenizer = Tokenizer.open(file, tokenizer);
  }

  /**
   * Reads {@code tokenizer.json} and {@code generation_config.json} of a directory.
   *
   * @throws org.m4fw.base.problem.ProblemException if they are not Whisper's
   */
  public static WhisperText open(Path directory) {
    Path tokenizer = directory.resolve("tokenizer.json");
    return parse(
        tokenizer.toString(),
        FileBytes.read(tokenizer, MOST_BYTES),
        FileBytes.read(directory.resolve("generation_config.json"), MOST_BYTES));
  }

  /** As {@link #open}; {@code file} is for messages. */
  public static WhisperText parse(String file, byte[] tokenizer, byte[] generation) {
    return new WhisperText(file, tokenizer, Fields.of(file, StrictJson.parse(file, generation)));
  }

  private static Map<String, Long> special(String file, byte[] tokenizer) {
    Map<String, Long> special = new HashMap<>();
    for (Fields token :
        Fields.of(file, StrictJson.parse(file, tokenizer)).objects("added_tokens")) {
      special.put(token.string("content"), token.integer("id", 0, MOST_TOKENS));
    }
    return special;
  }

  /**
   * The tokens before the text: start, for models of many languages the language and that it is to
   * be written down as it is spoken, and that no times are wanted.
   *
   * @param language as "en"; empty for English. Of no matter for a model of English only
   */
  public long[] prompt(Optional<String> language) {
    List<Long> prompt = new ArrayList<>();
    prompt.add(id("<|startoftranscript|>"));
    if (multilingual) {
      prompt.add(id("<|" + language.orElse("en") + "|>"));
      prompt.add(id("<|transcribe|>"));
    }
    prompt.add(id("<|notimestamps|>"));
    return prompt.stream().mapToLong(Long::longValue).toArray();
  }

  /** The token after which there is no more text. */
  public long end() {
    return id("<|endoftext|>");
  }

  /**
   * The token to go on with: the most likely one that may be chosen, the first one of equals.
   *
   * @param scores of all tokens
   * @param first whether it is the first one of the text
   */
  public long choose(float[] scores, boolean first) {
    float[] allowed = scores.clone();
    exclude(allowed, suppressed);
    if (first) {
      exclude(allowed, suppressedFirst);
    }
    // Times follow the token that asks for none; without them they are no answer.
    Arrays.fill(
        allowed,
        (int) Math.min(id("<|notimestamps|>"), allowed.length),
        allowed.length,
        Float.NEGATIVE_INFINITY);
    int best = 0;
    for (int i = 1; i < allowed.length; i++) {
      if (allowed[i] > allowed[best]) {
        best = i;
      }
    }
    return best;
  }

  private static void exclude(float[] scores, long[] tokens) {
    for (long token : tokens) {
      if (token >= 0 && token < scores.length) {
        scores[(int) token] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** The text of tokens, without special ones and without times. */
  public String decode(long[] ids) {
    long timesFrom = id("<|notimestamps|>") + 1;
    return tokenizer.decode(Arrays.stream(ids).filter(id -> id < timesFrom).toArray()).strip();
  }

  private long id(String token) {
    Long id = special.get(token);
    if (id == null) {
      throw TextError.BAD_VOCABULARY.at(file, "added_tokens", "no " + token, "Whisper's tokens");
    }
    return id;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
