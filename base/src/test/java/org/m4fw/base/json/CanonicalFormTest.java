package org.m4fw.base.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ProblemException;

class CanonicalFormTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9007199254740991",
        "-9007199254740991",
        "\"\"",
        "\"\\b\\t\\n\\f\\r\\\"\\\\\\u0000\\u001f\"",
        "\"\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\"",
        "\"\ud800\udc00\udbff\udfff\"",
        "{\"\":1,\"\\n\":2,\"a\":3,\"aa\":4,\"b\":5}",
        "{\"\ud83d\ude00\":1,\"\ufb33\":2}",
        "[1,[2,{\"a\":[]}],{}]"
      })
  void canonicalDocumentIsAccepted(String text) {
    assertEquals(OptionalInt.empty(), CanonicalForm.firstDeviation(text.getBytes(UTF_8)));
    assertArrayEquals(
        text.getBytes(UTF_8), CanonicalJson.bytes(StrictJson.parse("t", text.getBytes(UTF_8))));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`` | 0",
        "` 1` | 0",
        "`1 ` | 1",
        "1,2 | 1",
        "-0 | 0",
        "- | 0",
        "01 | 1",
        "1.5 | 1",
        "1e3 | 1",
        "9007199254740992 | 0",
        "99999999999999999 | 0",
        "tru | 3",
        "TRUE | 0",
        "nul | 3",
        "{ | 1",
        "[1 | 2",
        "[1,] | 3",
        "[,1] | 1",
        "`{\"a\":1,}` | 7",
        "`{\"a\" :1}` | 4",
        "`{\"a\":1,\"a\":1}` | 7",
        "`{\"b\":1,\"a\":1}` | 7",
        "{a:1} | 1",
        "`\"a` | 2",
        "`\"\\/\"` | 1",
        "`\"\\u0061\"` | 1",
        "`\"\\u000a\"` | 1",
        "`\"\\u001F\"` | 1",
        "`\"\\ud800\"` | 1",
        "`\"\\u00` | 1",
        "`{\"\ufb33\":1,\"\ud83d\ude00\":2}` | 9",
      })
  void deviationIsFoundWhereItBegins(String text, int at) {
    assertEquals(OptionalInt.of(at), CanonicalForm.firstDeviation(text.getBytes(UTF_8)));
  }

  @Test
  void whatIsNotUtf8IsFoundWhereTheCharacterBegins() {
    int[][] wrong = {
      {0x80},
      {0xc0, 0x80},
      {0xc1, 0xbf},
      {0xe0, 0x9f, 0xbf},
      {0xed, 0xa0, 0x80},
      {0xf0, 0x8f, 0xbf, 0xbf},
      {0xf4, 0x90, 0x80, 0x80},
      {0xf5, 0x80, 0x80, 0x80},
      {0xff},
      {0xc3},
      {0xe2, 0x82},
      {0x1f},
      {0x0a}
    };
    for (int[] sequence : wrong) {
      byte[] bytes = new byte[sequence.length + 3];
      bytes[0] = '"';
      bytes[1] = 'a';
      for (int i = 0; i < sequence.length; i++) {
        bytes[2 + i] = (byte) sequence[i];
      }
      bytes[bytes.length - 1] = '"';
      assertEquals(OptionalInt.of(2), CanonicalForm.firstDeviation(bytes));
    }
  }

  @Test
  void depthAndNamesAreBounded() {
    assertEquals(OptionalInt.empty(), deviation("[".repeat(32) + "]".repeat(32)));
    assertEquals(OptionalInt.of(32), deviation("[".repeat(33) + "]".repeat(33)));
    assertEquals(OptionalInt.of(32), deviation("[".repeat(1_000_000)));
    assertEquals(OptionalInt.empty(), deviation("{\"" + "a".repeat(1024) + "\":1}"));
    assertEquals(OptionalInt.of(1), deviation("{\"" + "a".repeat(1025) + "\":1}"));
  }

  /** What this reader accepts, the parser reads, and the writer writes again. */
  @Test
  void itAgreesWithParserAndWriterOnRandomTexts() {
    String alphabet = "{}[]\",:\\nu0123-e.truefalsn\u00e4 \ud83d\ude00\u0001";
    Random random = new Random(7);
    int canonical = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = 1 + random.nextInt(5); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String wrapped = i % 2 == 0 ? text.toString() : "{\"a\":" + text + ",\"b\":[" + text + "]}";
      byte[] bytes = wrapped.getBytes(UTF_8);
      boolean accepted = CanonicalForm.firstDeviation(bytes).isEmpty();
      assertEquals(sameWhenWrittenAgain(bytes), accepted, wrapped);
      canonical += accepted ? 1 : 0;
    }
    assertEquals(true, canonical > 100);
  }

  private static boolean sameWhenWrittenAgain(byte[] bytes) {
    try {
      return java.util.Arrays.equals(bytes, CanonicalJson.bytes(StrictJson.parse("t", bytes)));
    } catch (ProblemException | IllegalArgumentException e) {
      return false;
    }
  }

  private static OptionalInt deviation(String text) {
    return CanonicalForm.firstDeviation(text.getBytes(UTF_8));
  }
}
