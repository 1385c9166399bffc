package org.m4fw.host.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.GZIPInputStream;
import org.m4fw.base.json.StrictJson;
import tools.jackson.databind.JsonNode;

/**
 * The pieces of CLIP's byte-level BPE and the order in which they are merged.
 *
 * @param ids of all pieces, the two special ones included
 * @param merges the most frequent pair first, its parts separated by a space
 */
record ClipVocabulary(SequencedMap<String, Integer> ids, List<String> merges) {
  static final String START = "<|startoftext|>";
  static final String END = "<|endoftext|>";
  static final String WORD_END = "</w>";

  /** 49,408 pieces less 512 bytes and two special ones; the published list goes on after these. */
  private static final int MERGES = 48_894;

  private static final int MOST_BYTES = 32 << 20;
  private static final int MOST_PIECES = 1 << 20;

  /**
   * As transformers keeps it.
   *
   * @param vocab {@code vocab.json}: an object of pieces and ids
   * @param merges {@code merges.txt}: a line of comment, then a pair a line
   */
  static ClipVocabulary parse(String file, byte[] vocab, byte[] merges) {
    SequencedMap<String, Integer> ids = new LinkedHashMap<>();
    JsonNode node = StrictJson.parse(file, vocab);
    if (!node.isObject() || node.size() > MOST_PIECES) {
      throw TextError.BAD_VOCABULARY.at(file, "", "no object", "pieces and ids");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode id = entry.getValue();
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
        throw TextError.BAD_VOCABULARY.at(file, entry.getKey(), id, "an id");
      }
      ids.put(entry.getKey(), id.intValue());
    }
    List<String> lines = lines(file, merges);
    int first = lines.isEmpty() || !lines.getFirst().startsWith("#version") ? 0 : 1;
    return new ClipVocabulary(ids, pairs(lines, first, MOST_PIECES)).checked(file);
  }

  /**
   * As CLIP and ImageBind keep it: a gzip file of a line of comment, then a pair a line. Ids follow
   * from the order: 256 bytes, the same at the end of a word, what the merges give, the special
   * two.
   */
  static ClipVocabulary parseArchive(String file, byte[] archive) {
    List<String> merges = pairs(lines(file, unzip(file, archive)), 1, MERGES);
    SequencedMap<String, Integer> ids = new LinkedHashMap<>();
    List<String> bytes = bytes();
    bytes.forEach(piece -> ids.put(piece, ids.size()));
    bytes.forEach(piece -> ids.put(piece + WORD_END, ids.size()));
    for (String merge : merges) {
      if (ids.putIfAbsent(merge.replace(" ", ""), ids.size()) != null) {
        throw TextError.BAD_VOCABULARY.at(file, merge, "a piece that exists", "a new one");
      }
    }
    ids.put(START, ids.size());
    ids.put(END, ids.size());
    return new ClipVocabulary(ids, merges).checked(file);
  }

  int start() {
    return ids.getOrDefault(START, 0);
  }

  int end() {
    return ids.getOrDefault(END, 0);
  }

  private ClipVocabulary checked(String file) {
    List<String> needed = new ArrayList<>(List.of(START, END));
    for (String piece : bytes()) {
      needed.add(piece);
      needed.add(piece + WORD_END);
    }
    for (String piece : needed) {
      if (!ids.containsKey(piece)) {
        throw TextError.BAD_VOCABULARY.at(file, piece, "no such piece", "all bytes and both ends");
      }
    }
    for (String merge : merges) {
      int space = merge.indexOf(' ');
      String first = merge.substring(0, Math.max(space, 0));
      String second = merge.substring(space + 1);
      if (!ids.containsKey(first) || !ids.containsKey(second) || !ids.containsKey(first + second)) {
        throw TextError.BAD_VOCABULARY.at(file, merge, "a merge", "two pieces that give a third");
      }
    }
    return this;
  }

  private static List<String> pairs(List<String> lines, int first, int most) {
    return lines.stream().skip(first).limit(most).filter(line -> !line.isBlank()).toList();
  }

  private static List<String> lines(String file, byte[] text) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(text))
          .toString()
          .lines()
          .toList();
    } catch (CharacterCodingException e) {
      throw TextError.BAD_VOCABULARY.at(file, "", "bytes", "UTF-8");
    }
  }

  private static byte[] unzip(String file, byte[] archive) {
    try (GZIPInputStream stream = new GZIPInputStream(new ByteArrayInputStream(archive))) {
      byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw TextError.TOO_LARGE.at(file, "", MOST_BYTES);
      }
      return bytes;
    } catch (IOException e) {
      throw TextError.NOT_GZIP.at(file, "", String.valueOf(e.getMessage()));
    }
  }

  /**
   * A printable character for each byte, in the order of GPT-2's {@code bytes_to_unicode}:
   * printable ones stand for themselves, the others for those from 256 on.
   */
  static List<String> bytes() {
    List<String> bytes = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
      if (printable) {
        bytes.add(Character.toString(value));
      } else {
        others.add(Character.toString(256 + others.size()));
      }
    }
    bytes.addAll(others);
    return bytes;
  }
}
