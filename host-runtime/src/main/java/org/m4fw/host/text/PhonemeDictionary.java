package org.m4fw.host.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.problem.NearNames;
import org.m4fw.host.TokenTensor;

/**
 * The dictionary of a fairseq model that speaks phonemes: {@code dict.txt} or {@code vocab.txt}, a
 * phoneme and how often it was seen on each line. Ids count from 4; before them are start, padding,
 * end and unknown. Texts are given as phonemes; how words are spoken is not looked up.
 */
public final class PhonemeDictionary {
  private static final long END = 2;
  private static final int SPECIAL = 4;
  private static final int MOST_PHONEMES = 1 << 16;
  private static final int MOST_CHARACTERS = 1 << 16;
  private static final long MOST_BYTES = 4 << 20;
  private static final Pattern LINE = Pattern.compile("(?<phoneme>\\S{1,100}) -?\\d{1,18}");

  private final String file;
  private final Map<String, Long> ids;
  private final List<String> phonemes;

  private PhonemeDictionary(String file, List<String> phonemes, Map<String, Long> ids) {
    this.file = file;
    this.phonemes = phonemes;
    this.ids = ids;
  }

  /**
   * Reads a dictionary.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link TextError#BAD_VOCABULARY}
   */
  public static PhonemeDictionary open(Path path) {
    return parse(path.toString(), FileBytes.read(path, MOST_BYTES));
  }

  /** As {@link #open}; {@code file} is for messages. */
  public static PhonemeDictionary parse(String file, byte[] bytes) {
    List<String> phonemes = new ArrayList<>();
    Map<String, Long> ids = new HashMap<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      var entry = LINE.matcher(line.stripTrailing());
      String item = "line " + (phonemes.size() + 1);
      if (!entry.matches() || phonemes.size() == MOST_PHONEMES) {
        throw TextError.BAD_VOCABULARY.at(file, item, "another line", "a phoneme and a count");
      }
      String phoneme = entry.group("phoneme");
      if (ids.putIfAbsent(phoneme, (long) SPECIAL + phonemes.size()) != null) {
        throw TextError.BAD_VOCABULARY.at(file, item, phoneme + " again", "a new phoneme");
      }
      phonemes.add(phoneme);
    }
    if (phonemes.isEmpty()) {
      throw TextError.BAD_VOCABULARY.at(file, "", "no lines", "phonemes and counts");
    }
    return new PhonemeDictionary(file, List.copyOf(phonemes), ids);
  }

  /** The phonemes in the order of their ids. */
  public List<String> phonemes() {
    return phonemes;
  }

  /**
   * The ids of phonemes that are separated by spaces, and the end token.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link TextError#UNKNOWN_PHONEMES}, naming
   *     all of them
   */
  public TokenTensor encode(String text) {
    if (text.length() > MOST_CHARACTERS) {
      throw TextError.TOO_LONG.at("", "text", text.length(), MOST_CHARACTERS);
    }
    List<String> spoken =
        Arrays.stream(text.strip().split("\\s+")).filter(phoneme -> !phoneme.isEmpty()).toList();
    if (spoken.isEmpty()) {
      throw TextError.NO_SYMBOLS.at(file, "text");
    }
    List<String> unknown =
        spoken.stream().filter(phoneme -> !ids.containsKey(phoneme)).distinct().toList();
    if (!unknown.isEmpty()) {
      throw TextError.UNKNOWN_PHONEMES.at(
          file, "text", NearNames.list(unknown, 10), NearNames.list(phonemes, 100));
    }
    long[] tokens = new long[spoken.size() + 1];
    for (int i = 0; i < spoken.size(); i++) {
      tokens[i] = ids.getOrDefault(spoken.get(i), END);
    }
    tokens[spoken.size()] = END;
    return TokenTensor.of(tokens);
  }
}
