package org.m4fw.host.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.Fixtures;
import org.m4fw.host.HostError;
import org.m4fw.host.TokenTensor;
import tools.jackson.databind.JsonNode;

/** Ids are those of the originals' tokenizers; vocabularies that are none are refused. */
final class TokenizersTest {
  private static final int CONTEXT = 77;

  private static List<Fields> cases(Path file) {
    List<Fields> cases = new ArrayList<>();
    for (JsonNode entry : StrictJson.read(file)) {
      cases.add(Fields.of(file.toString(), entry));
    }
    assertTrue(!cases.isEmpty());
    return cases;
  }

  private static long[] ids(Fields entry, String name) {
    return entry.integers(name, 0, 1 << 20);
  }

  static void assertSameIds(ClipTokenizer.Use use, Path vocabulary, Path cases, String name) {
    try (ClipTokenizer tokenizer = ClipTokenizer.open(use, vocabulary)) {
      for (Fields entry : cases(cases)) {
        String text = entry.string("text");
        TokenTensor tokens = tokenizer.encode(text, CONTEXT);
        assertArrayEquals(ids(entry, name), tokens.ids(), text);
      }
    }
  }

  private static Path clip(String name) {
    return Fixtures.path("text/clip").resolve(name);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void clipIdsForStableDiffusionAreThoseOfTransformers() {
    assertSameIds(
        ClipTokenizer.Use.STABLE_DIFFUSION, clip(""), clip("expected.json"), "stable_diffusion");
  }

  @Test
  void clipIdsForImageBindAreThoseOfItsOwnCode() {
    assertSameIds(
        ClipTokenizer.Use.IMAGEBIND, clip("bpe.txt.gz"), clip("expected.json"), "imagebind");
  }

  @Test
  void bothFormsOfAVocabularyAreTheSame() {
    assertSameIds(ClipTokenizer.Use.IMAGEBIND, clip(""), clip("expected.json"), "imagebind");
  }

  @Test
  void hugeTextIsRefused() {
    try (ClipTokenizer tokenizer = ClipTokenizer.open(ClipTokenizer.Use.IMAGEBIND, clip(""))) {
      assertRefused(TextError.TOO_LONG, () -> tokenizer.encode("a".repeat(100_000), CONTEXT));
    }
  }

  @Test
  void vocabularyWithoutAllBytesIsRefused() {
    assertRefused(TextError.BAD_VOCABULARY, () -> vocabulary("{\"a\": 1}", ""));
    assertRefused(TextError.BAD_VOCABULARY, () -> vocabulary("[]", ""));
    assertRefused(TextError.BAD_VOCABULARY, () -> vocabulary("{\"a\": -1}", ""));
  }

  @Test
  void mergeOfUnknownPiecesIsRefused() {
    String vocab = new String(Fixtures.bytes("text/clip/vocab.json"), StandardCharsets.UTF_8);
    assertRefused(TextError.BAD_VOCABULARY, () -> vocabulary(vocab, "#version: 0.2\nq z\n"));
    assertRefused(TextError.BAD_VOCABULARY, () -> vocabulary(vocab, "#version: 0.2\nqz\n"));
  }

  private static void vocabulary(String vocab, String merges) {
    ClipTokenizer.parse(ClipTokenizer.Use.IMAGEBIND, "test", bytes(vocab), bytes(merges)).close();
  }

  @Test
  void archiveThatIsNoneIsRefused() {
    assertRefused(TextError.NOT_GZIP, () -> archive(bytes("no archive")));
    byte[] whole = Fixtures.bytes("text/clip/bpe.txt.gz");
    assertRefused(TextError.NOT_GZIP, () -> archive(Arrays.copyOf(whole, whole.length / 2)));
  }

  @Test
  void archiveThatGrowsTooLargeIsRefused() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(bomb)) {
      for (int i = 0; i < 33; i++) {
        stream.write(new byte[1 << 20]);
      }
    }
    assertRefused(TextError.TOO_LARGE, () -> archive(bomb.toByteArray()));
  }

  private static void archive(byte[] bytes) {
    ClipTokenizer.parseArchive(ClipTokenizer.Use.IMAGEBIND, "test", bytes).close();
  }

  @Test
  void charactersAreThoseOfVits() {
    CharacterTokenizer tokenizer = CharacterTokenizer.open(Fixtures.path("text/vits"));
    for (Fields entry : cases(Fixtures.path("text/vits/expected.json"))) {
      String text = entry.string("text");
      assertArrayEquals(ids(entry, "ids"), tokenizer.encode(text).ids(), text);
    }
  }

  @Test
  void blanksAreLeftOutWhereTheModelHasNone() {
    CharacterTokenizer tokenizer =
        CharacterTokenizer.parse(
            "test",
            Fixtures.bytes("text/vits/vocab.json"),
            Optional.of(bytes("{\"add_blank\": false, \"pad_token\": \"<pad>\"}")));
    for (Fields entry : cases(Fixtures.path("text/vits/expected.json"))) {
      assertArrayEquals(ids(entry, "plain"), tokenizer.encode(entry.string("text")).ids());
    }
  }

  @Test
  void textWithoutAnyKnownCharacterIsRefused() {
    CharacterTokenizer tokenizer = CharacterTokenizer.open(Fixtures.path("text/vits"));
    assertRefused(TextError.NO_SYMBOLS, () -> tokenizer.encode("日本"));
    assertRefused(TextError.NO_SYMBOLS, () -> tokenizer.encode(""));
  }

  @Test
  void modelThatSpeaksPhonemesIsRefused() {
    assertRefused(TextError.UNSUPPORTED, () -> characters("{\"phonemize\": true}"));
    assertRefused(TextError.UNSUPPORTED, () -> characters("{\"is_uroman\": true}"));
  }

  private static void characters(String options) {
    CharacterTokenizer.parse("test", bytes("{\"a\": 0}"), Optional.of(bytes(options)));
  }

  @Test
  void transcriptHasNoTimesAndNoSpecialTokens() {
    try (WhisperText text = WhisperText.open(Fixtures.path("text/whisper/tokenizer.json"))) {
      for (Fields entry : cases(Fixtures.path("text/whisper/expected.json"))) {
        assertEquals(entry.string("text"), text.decode(ids(entry, "ids")));
      }
    }
  }

  @Test
  void tokenizerOfAnotherModelIsNotWhispers() {
    assertRefused(
        TextError.BAD_VOCABULARY,
        () -> WhisperText.parse("test", bytes("{\"added_tokens\": []}")).close());
  }

  @Test
  void phonemesAreCountedFromFour() {
    PhonemeDictionary dictionary = phonemes("AH0 120\nHH 80\nL 7\nOW1 5\n");
    assertArrayEquals(new long[] {5, 4, 6, 7, 2}, dictionary.encode(" HH AH0  L OW1 ").ids());
  }

  @Test
  void unknownPhonemesAreRefusedAllAtOnce() {
    PhonemeDictionary dictionary = phonemes("AH0 120\n");
    assertRefused(TextError.UNKNOWN_PHONEMES, () -> dictionary.encode("hello AH0 world"));
    assertRefused(TextError.NO_SYMBOLS, () -> dictionary.encode("  "));
  }

  @Test
  void dictionaryThatIsNoneIsRefused() {
    assertRefused(TextError.BAD_VOCABULARY, () -> phonemes(""));
    assertRefused(TextError.BAD_VOCABULARY, () -> phonemes("AH0\n"));
    assertRefused(TextError.BAD_VOCABULARY, () -> phonemes("AH0 1\nAH0 1\n"));
  }

  private static PhonemeDictionary phonemes(String text) {
    return PhonemeDictionary.parse("test", bytes(text));
  }

  @Test
  void templateOfATokenThatIsNotDefinedIsRejected() {
    String document =
        "{\"post_processor\": {\"type\": \"Sequence\", \"processors\": [{\"type\":"
            + " \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"<s>\"}}],"
            + " \"special_tokens\": {\"<t>\": {}}}]}}";
    assertRefused(
        HostError.BAD_TOKENIZER,
        () -> Tokenizer.open("it", document.getBytes(StandardCharsets.UTF_8)));
  }
}
