package org.m4fw.cli.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;
import org.m4fw.host.Decoder;
import org.m4fw.host.text.Tokenizer;

/** A decoder, loaded, and the tokenizer that belongs to it. */
public final class RunnableModel implements AutoCloseable {
  private final String name;
  private final Decoder decoder;
  private final Optional<Supplier<Tokenizer>> tokenizer;
  private final Resources resources;

  RunnableModel(
      String name, Decoder decoder, Optional<Supplier<Tokenizer>> tokenizer, Resources resources) {
    this.name = name;
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.resources = resources;
    resources.add(decoder::close);
  }

  /** Things to close, the last one first. */
  static final class Resources implements AutoCloseable {
    private final Deque<Runnable> closers = new ArrayDeque<>();

    void add(Runnable closer) {
      closers.push(closer);
    }

    @Override
    public void close() {
      while (!closers.isEmpty()) {
        closers.pop().run();
      }
    }
  }

  public Decoder decoder() {
    return decoder;
  }

  /**
   * The tokenizer, for the caller to close.
   *
   * @throws org.m4fw.base.problem.ProblemException if the model has none
   */
  public Tokenizer openTokenizer() {
    return tokenizer.orElseThrow(() -> ModelError.NO_TOKENIZER.at(name, "")).get();
  }

  @Override
  public void close() {
    resources.close();
  }
}
