package org.m4fw.graph.importer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.m4fw.base.json.Fields;
import org.m4fw.graph.ir.SpecialTokens;
import tools.jackson.databind.JsonNode;

/**
 * How Whisper is asked for a transcript, from {@code generation_config.json} or, in old files,
 * {@code config.json}: the start token, then {@code forced_decoder_ids} ({@code [[position,
 * token]]}), then the token that asks for no times. A model of many languages leaves the language
 * open there (null); English is taken then, and where nothing is forced, the task to transcribe.
 */
final class WhisperTokens {
  private static final int MAX = Integer.MAX_VALUE;
  private static final String FORCED = "forced_decoder_ids";

  private final Fields config;

  private WhisperTokens(Fields config) {
    this.config = config;
  }

  /** Adds what transcription has to know to the tokens of every model. */
  static SpecialTokens read(SpecialTokens tokens, Fields config, Optional<Fields> generation) {
    WhisperTokens reader =
        new WhisperTokens(
            generation.filter(fields -> fields.has("decoder_start_token_id")).orElse(config));
    return tokens.withTranscription(
        reader.prompt(), reader.list("suppress_tokens"), reader.list("begin_suppress_tokens"));
  }

  private List<Long> prompt() {
    List<Long> prompt = new ArrayList<>();
    OptionalLong start = config.optionalInteger("decoder_start_token_id", 0, MAX);
    if (start.isEmpty()) {
      return prompt;
    }
    prompt.add(start.getAsLong());
    if (config.has(FORCED)) {
      forced(prompt);
    } else if (config.bool("is_multilingual", false)) {
      known("lang_to_id", "<|en|>").ifPresent(prompt::add);
      known("task_to_id", "transcribe").ifPresent(prompt::add);
    }
    config
        .optionalInteger("no_timestamps_token_id", 0, MAX)
        .ifPresent(
            token -> {
              if (!prompt.contains(token)) {
                prompt.add(token);
              }
            });
    return prompt;
  }

  private void forced(List<Long> prompt) {
    JsonNode pairs = config.node().get(FORCED);
    for (JsonNode pair : pairs) {
      boolean next = pair.isArray() && pair.size() == 2 && pair.get(0).asLong(-1) == prompt.size();
      if (!next || !(pair.get(1).isNull() || isToken(pair.get(1)))) {
        throw ImportError.INCONSISTENT.at(
            config.file(), FORCED, pair, "[position, token] for positions 1, 2, …");
      }
      if (pair.get(1).isNull()) {
        known("lang_to_id", "<|en|>").ifPresent(prompt::add);
      } else {
        prompt.add(pair.get(1).longValue());
      }
    }
  }

  private static boolean isToken(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt() && node.intValue() >= 0;
  }

  private Optional<Long> known(String table, String name) {
    OptionalLong token =
        config
            .optionalObject(table)
            .map(fields -> fields.optionalInteger(name, 0, MAX))
            .orElseGet(OptionalLong::empty);
    return token.isPresent() ? Optional.of(token.getAsLong()) : Optional.empty();
  }

  private List<Long> list(String name) {
    return config.has(name)
        ? LongStream.of(config.integers(name, -1, MAX)).filter(token -> token >= 0).boxed().toList()
        : List.of();
  }
}
