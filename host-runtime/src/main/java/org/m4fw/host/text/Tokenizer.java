package org.m4fw.host.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.host.HostError;

/**
 * A tokenizer as its {@code tokenizer.json} defines it, the start token included. Runs Hugging
 * Face's own implementation.
 */
public final class Tokenizer implements AutoCloseable {
  private final String name;
  private final HuggingFaceTokenizer tokenizer;

  private Tokenizer(String name, HuggingFaceTokenizer tokenizer) {
    this.name = name;
    this.tokenizer = tokenizer;
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link HostError#BAD_TOKENIZER} or a {@link
   *     org.m4fw.base.json.JsonError}
   */
  public static Tokenizer open(Path file) {
    try {
      return open(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  /** As {@link #open(Path)} from memory; {@code name} is for messages. */
  public static Tokenizer open(String name, byte[] json) {
    // The native reader ends the process for some documents that are no JSON, and for some that
    // are.
    TemplateCheck.require(name, StrictJson.parse(name, json));
    System.setProperty("OPT_OUT_TRACKING", "true");
    try {
      return new Tokenizer(
          name,
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json), Map.of("addSpecialTokens", "true")));
    } catch (IOException | RuntimeException e) {
      throw refused(name, e);
    }
  }

  private static ProblemException refused(String name, Exception e) {
    return new ProblemException(
        HostError.BAD_TOKENIZER.problem(name, "", String.valueOf(e.getMessage())), e);
  }

  /** Some files turn out to be unusable only when a text comes. */
  private <T> T use(Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      throw refused(name, e);
    }
  }

  /** The tokens of a text, with the start token where the file wants one. */
  public long[] encode(String text) {
    return use(() -> tokenizer.encode(text, true, false).getIds());
  }

  /** The tokens of a text that goes on after something else: no start token comes before it. */
  public long[] encodeContinued(String text) {
    return use(() -> tokenizer.encode(text, false, false).getIds());
  }

  /** The text of tokens, without special ones. */
  public String decode(long[] ids) {
    return use(() -> tokenizer.decode(ids, true));
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
