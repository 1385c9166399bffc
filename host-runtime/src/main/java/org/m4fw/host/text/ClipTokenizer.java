package org.m4fw.host.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.host.TokenTensor;

/**
 * CLIP's tokenizer: lower case, byte-level BPE with the end of a word as part of its last piece, a
 * start and an end token, always as many ids as the model takes. The merging itself is Hugging
 * Face's, which gets the files as the {@code tokenizer.json} that they mean.
 */
public final class ClipTokenizer implements AutoCloseable {
  /** Longer texts are cut anyway: 77 pieces hardly come from a thousand characters. */
  private static final int MOST_CHARACTERS = 1 << 16;

  private static final int MOST_BYTES = 64 << 20;
  private static final String WORDS =
      "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d"
          + "|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

  /** Whose conventions are followed. */
  public enum Use {
    /**
     * Texts are repaired as the original's {@code basic_clean} does it for what people type ({@link
     * TextRepair}); unused places hold 0.
     */
    IMAGEBIND,
    /** As {@code CLIPTokenizer} of transformers; unused places hold the end token. */
    STABLE_DIFFUSION
  }

  private final Use use;
  private final ClipVocabulary vocabulary;
  private final Tokenizer tokenizer;

  private ClipTokenizer(Use use, String file, ClipVocabulary vocabulary) {
    this.use = use;
    this.vocabulary = vocabulary;
    this.tokenizer = Tokenizer.open(file, tokenizerJson(vocabulary));
  }

  /**
   * Reads the vocabulary.
   *
   * @param path a directory with {@code vocab.json} and {@code merges.txt}, or a file like {@code
   *     bpe_simple_vocab_16e6.txt.gz}
   * @throws org.m4fw.base.problem.ProblemException with a {@link TextError}
   */
  public static ClipTokenizer open(Use use, Path path) {
    if (!Files.isDirectory(path)) {
      return parseArchive(use, path.toString(), FileBytes.read(path, MOST_BYTES));
    }
    return parse(
        use,
        path.toString(),
        FileBytes.read(path.resolve("vocab.json"), MOST_BYTES),
        FileBytes.read(path.resolve("merges.txt"), MOST_BYTES));
  }

  /** As {@link #open} from the two files of transformers; {@code file} is for messages. */
  public static ClipTokenizer parse(Use use, String file, byte[] vocab, byte[] merges) {
    return new ClipTokenizer(use, file, ClipVocabulary.parse(file, vocab, merges));
  }

  /** As {@link #open} from the gzip file of CLIP; {@code file} is for messages. */
  public static ClipTokenizer parseArchive(Use use, String file, byte[] archive) {
    return new ClipTokenizer(use, file, ClipVocabulary.parseArchive(file, archive));
  }

  /**
   * The ids of a text. What is too long loses its last pieces, never the end token.
   *
   * @param context how many ids the model takes, 77 in the published ones
   * @throws org.m4fw.base.problem.ProblemException with {@link TextError#TOO_LONG}
   */
  public TokenTensor encode(String text, int context) {
    if (text.length() > MOST_CHARACTERS) {
      throw TextError.TOO_LONG.at("", "text", text.length(), MOST_CHARACTERS);
    }
    long[] all = tokenizer.encode(use == Use.IMAGEBIND ? TextRepair.repair(text) : text);
    long[] ids = new long[context];
    Arrays.fill(ids, use == Use.IMAGEBIND ? 0 : vocabulary.end());
    System.arraycopy(all, 0, ids, 0, Math.min(all.length, context));
    if (all.length > context) {
      ids[context - 1] = vocabulary.end();
    }
    return TokenTensor.of(ids);
  }

  /** What {@code CLIPTokenizer} of transformers sets up. */
  private static byte[] tokenizerJson(ClipVocabulary vocabulary) {
    List<Object> special = new ArrayList<>();
    special.add(special(ClipVocabulary.START, vocabulary.start()));
    special.add(special(ClipVocabulary.END, vocabulary.end()));
    Map<String, Object> normalizer =
        Map.of(
            "type",
            "Sequence",
            "normalizers",
            List.of(
                Map.of("type", "NFC"),
                Map.of("type", "Replace", "pattern", Map.of("Regex", "\\s+"), "content", " "),
                Map.of("type", "Lowercase")));
    Map<String, Object> split =
        Map.of(
            "type",
            "Split",
            "pattern",
            Map.of("Regex", WORDS),
            "behavior",
            "Removed",
            "invert",
            true);
    Map<String, Object> bytes =
        Map.of(
            "type",
            "ByteLevel",
            "add_prefix_space",
            false,
            "trim_offsets",
            true,
            "use_regex",
            true);
    Map<String, Object> ends =
        Map.of(
            "type",
            "RobertaProcessing",
            "sep",
            List.of(ClipVocabulary.END, vocabulary.end()),
            "cls",
            List.of(ClipVocabulary.START, vocabulary.start()),
            "trim_offsets",
            false,
            "add_prefix_space",
            false);
    return CanonicalJson.bytes(
        CanonicalJson.node(
            Map.of(
                "version",
                "1.0",
                "added_tokens",
                special,
                "normalizer",
                normalizer,
                "pre_tokenizer",
                Map.of("type", "Sequence", "pretokenizers", List.of(split, bytes)),
                "post_processor",
                ends,
                "decoder",
                bytes,
                "model",
                model(vocabulary))));
  }

  private static Map<String, Object> model(ClipVocabulary vocabulary) {
    return Map.of(
        "type",
        "BPE",
        "unk_token",
        ClipVocabulary.END,
        "continuing_subword_prefix",
        "",
        "end_of_word_suffix",
        ClipVocabulary.WORD_END,
        "fuse_unk",
        false,
        "byte_fallback",
        false,
        "vocab",
        vocabulary.ids(),
        "merges",
        vocabulary.merges());
  }

  private static Map<String, Object> special(String content, int id) {
    return Map.of(
        "id",
        id,
        "content",
        content,
        "single_word",
        false,
        "lstrip",
        false,
        "rstrip",
        false,
        "normalized",
        false,
        "special",
        true);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
