package org.m4fw.host.path;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.Decoder;
import org.m4fw.host.Generation;
import org.m4fw.host.Prompt;
import org.m4fw.host.Sampler;
import org.m4fw.host.text.Tokenizer;

/** The backbone of a path: a filled template in, what comes after it out. */
final class Backbone {
  private Backbone() {}

  /**
   * Writes, always taking the most likely token.
   *
   * @param pieces the template, whose slots that are left are vectors
   * @param vectors by slot, each one position
   */
  static Answer.Result.Text write(
      LoadedPath loaded,
      ExecutionPath path,
      List<Template.Piece> pieces,
      Map<String, float[]> vectors,
      int maxTokens) {
    ExecutionPath.Step step = path.step(Action.CONTINUE).orElseThrow();
    PathComponents components = loaded.components();
    Tokenizer tokenizer =
        loaded.get(
            step,
            "tokenizer",
            Tokenizer.class,
            () ->
                Tokenizer.open(
                    components.label(step), components.requiredFile(step, "tokenizer.json")),
            Tokenizer::close);
    Decoder decoder =
        loaded.get(
            step, "decoder", Decoder.class, () -> open(components, path, step), Decoder::close);
    Prompt prompt = prompt(tokenizer, pieces, vectors);
    Stop stop = new Stop(tokenizer, path.stop());
    Generation generation =
        Generation.run(decoder, prompt, maxTokens, Sampler.greedy(), stop::goesOn);
    return new Answer.Result.Text(stop.text(generation.ids()), generation.ended());
  }

  static Decoder open(PathComponents components, ExecutionPath path, ExecutionPath.Step step) {
    boolean vectors = path.injectsVectors();
    CompiledModel decoder = components.part(step, vectors ? Model.VECTORS : Model.DECODER);
    Optional<CompiledModel> embedding =
        vectors ? Optional.of(components.part(step, Model.EMBEDDING)) : Optional.empty();
    return Decoder.open(components.label(step), decoder, embedding, components.adapter());
  }

  /** Texts between vectors are tokens of their own; the start token comes once, at the start. */
  static Prompt prompt(
      Tokenizer tokenizer, List<Template.Piece> pieces, Map<String, float[]> vectors) {
    List<Prompt.Piece> prompt = new ArrayList<>();
    boolean first = true;
    for (Template.Piece piece : pieces) {
      switch (piece) {
        case Template.Piece.Words(String text) -> {
          long[] ids = first ? tokenizer.encode(text) : tokenizer.encodeContinued(text);
          addTokens(prompt, ids);
        }
        case Template.Piece.Slot(String slot) -> {
          if (first) {
            addTokens(prompt, tokenizer.encode(""));
          }
          float[] values = vectors.get(slot);
          if (values == null) {
            throw new IllegalStateException("nothing fills {" + slot + "}");
          }
          prompt.add(new Prompt.Piece.Vectors(values));
        }
      }
      first = false;
    }
    if (prompt.isEmpty()) {
      addTokens(prompt, tokenizer.encode(""));
    }
    return new Prompt(prompt);
  }

  private static void addTokens(List<Prompt.Piece> prompt, long[] ids) {
    if (ids.length > 0) {
      prompt.add(new Prompt.Piece.Tokens(ids));
    }
  }

  /** Ends an answer at the first of some texts. */
  private static final class Stop {
    private final Tokenizer tokenizer;
    private final List<String> texts;
    private final List<Long> ids = new ArrayList<>();

    Stop(Tokenizer tokenizer, List<String> texts) {
      this.tokenizer = tokenizer;
      this.texts = texts;
    }

    boolean goesOn(long token) {
      ids.add(token);
      return texts.isEmpty() || end(decode(ids)) < 0;
    }

    String text(List<Long> all) {
      String text = decode(all);
      int end = end(text);
      return (end < 0 ? text : text.substring(0, end)).strip();
    }

    private int end(String text) {
      return texts.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    }

    private String decode(List<Long> some) {
      return tokenizer.decode(some.stream().mapToLong(Long::longValue).toArray());
    }
  }
}
