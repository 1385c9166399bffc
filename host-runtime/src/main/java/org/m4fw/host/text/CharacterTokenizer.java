package org.m4fw.host.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.TokenTensor;
import tools.jackson.databind.JsonNode;

/**
 * The tokenizer of VITS: one id per character, a blank between any two. As {@code VitsTokenizer} of
 * transformers, for models that speak letters; what is no symbol of the model is left out.
 *
 * <p>The character that stands for padding is a token of its own for the original, without blanks
 * of its own beside it; so it is here.
 */
public final class CharacterTokenizer {
  private static final int MOST_CHARACTERS = 1 << 16;
  private static final long MOST_BYTES = 4 << 20;
  private static final long BLANK = 0;

  private final String file;
  private final Map<Integer, Long> ids;
  private final boolean normalize;
  private final boolean addBlank;
  private final Optional<Integer> padding;

  private CharacterTokenizer(String file, Map<Integer, Long> ids, Fields options) {
    this.file = file;
    this.ids = ids;
    this.normalize = options.bool("normalize", true);
    this.addBlank = options.bool("add_blank", true);
    this.padding =
        options
            .optionalString("pad_token")
            .filter(token -> token.codePointCount(0, token.length()) == 1)
            .map(token -> token.codePointAt(0))
            .filter(ids::containsKey);
    if (options.bool("phonemize", false)) {
      throw TextError.UNSUPPORTED.at(file, "phonemize", "a model that speaks phonemes");
    }
    if (options.bool("is_uroman", false)) {
      throw TextError.UNSUPPORTED.at(file, "is_uroman", "a model that wants text romanized");
    }
  }

  /**
   * Reads {@code vocab.json} and, where there is one, {@code tokenizer_config.json}.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TextError}
   */
  public static CharacterTokenizer open(Path directory) {
    Path options = directory.resolve("tokenizer_config.json");
    return parse(
        directory.resolve("vocab.json").toString(),
        FileBytes.read(directory.resolve("vocab.json"), MOST_BYTES),
        Files.exists(options)
            ? Optional.of(FileBytes.read(options, MOST_BYTES))
            : Optional.empty());
  }

  /** As {@link #open}; {@code file} is for messages. */
  public static CharacterTokenizer parse(String file, byte[] vocab, Optional<byte[]> options) {
    Fields entries = Fields.of(file, StrictJson.parse(file, vocab));
    Map<Integer, Long> ids = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : entries.node().properties()) {
      String symbol = entry.getKey();
      long id = entries.integer(symbol, 0, Integer.MAX_VALUE);
      // Longer symbols are special ones, which are never met in a text.
      if (symbol.codePointCount(0, symbol.length()) == 1) {
        ids.put(symbol.codePointAt(0), id);
      }
    }
    if (ids.isEmpty()) {
      throw TextError.BAD_VOCABULARY.at(file, "", "no symbols", "characters and ids");
    }
    byte[] document = options.orElseGet(() -> new byte[] {'{', '}'});
    return new CharacterTokenizer(file, ids, Fields.of(file, StrictJson.parse(file, document)));
  }

  /**
   * The ids of a text.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link TextError#NO_SYMBOLS} or {@link
   *     TextError#TOO_LONG}
   */
  public TokenTensor encode(String text) {
    if (text.length() > MOST_CHARACTERS) {
      throw TextError.TOO_LONG.at("", "text", text.length(), MOST_CHARACTERS);
    }
    int[] symbols = symbols(text);
    if (symbols.length == 0) {
      throw TextError.NO_SYMBOLS.at(file, "text");
    }
    List<Long> tokens = new ArrayList<>();
    boolean within = false;
    for (int symbol : symbols) {
      boolean bare = !addBlank || padding.filter(c -> c == symbol).isPresent();
      if (!bare && !within) {
        tokens.add(BLANK);
      }
      tokens.add(ids.getOrDefault(symbol, BLANK));
      if (!bare) {
        tokens.add(BLANK);
      }
      within = !bare;
    }
    return TokenTensor.of(tokens.stream().mapToLong(Long::longValue).toArray());
  }

  /** In lower case, unless the model has the upper one; only what is in the vocabulary. */
  private int[] symbols(String text) {
    StringBuilder symbols = new StringBuilder();
    text.codePoints()
        .mapToObj(c -> ids.containsKey(c) || !normalize ? Character.toString(c) : lower(c))
        .flatMapToInt(String::codePoints)
        .filter(ids::containsKey)
        .forEach(symbols::appendCodePoint);
    String found = symbols.toString();
    return (normalize ? found.strip() : found).codePoints().toArray();
  }

  private static String lower(int c) {
    return Character.toString(c).toLowerCase(Locale.ROOT);
  }
}
