package org.m4fw.graph.onnx;

import java.nio.charset.StandardCharsets;
import org.m4fw.graph.ir.DecoderGeometry;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code genai_config.json}, which onnxruntime-genai wants beside a graph. Fields as its model
 * builder writes them (src/python/py/models/builders/base.py); {@code tokenizer.json} has to lie
 * beside it too.
 */
public final class GenaiConfig {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private GenaiConfig() {}

  /**
   * The file's bytes.
   *
   * @param graphFile the name of the graph beside it
   */
  public static byte[] bytes(GraphFacts facts, String graphFile) {
    DecoderGeometry geometry =
        facts
            .decoder()
            .orElseThrow(() -> new IllegalArgumentException("not a decoder: " + facts.target()));
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    model(root.putObject("model"), facts, geometry, graphFile);
    search(root.putObject("search"), geometry);
    String text = MAPPER.writeValueAsString(root).replace("\r\n", "\n") + "\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void model(
      ObjectNode model, GraphFacts facts, DecoderGeometry geometry, String graphFile) {
    facts.tokens().begin().ifPresent(token -> model.put("bos_token_id", token));
    model.put("context_length", geometry.context());
    decoder(model.putObject("decoder"), geometry, graphFile);
    if (facts.tokens().end().size() == 1) {
      model.put("eos_token_id", facts.tokens().end().getFirst());
    } else {
      facts.tokens().end().forEach(model.withArray("eos_token_id")::add);
    }
    // The runtime wants a padding token; models without one pad with their end token.
    long padding =
        facts
            .tokens()
            .padding()
            .orElse(facts.tokens().end().isEmpty() ? 0 : facts.tokens().end().getFirst());
    model.put("pad_token_id", padding);
    model.put("type", facts.architecture());
    model.put("vocab_size", geometry.vocabulary());
  }

  private static void decoder(ObjectNode decoder, DecoderGeometry geometry, String graphFile) {
    ObjectNode options = decoder.putObject("session_options");
    options.put("log_id", "onnxruntime-genai");
    options.putArray("provider_options");
    decoder.put("filename", graphFile);
    decoder.put("head_size", geometry.headWidth());
    decoder.put("hidden_size", geometry.width());
    ObjectNode inputs = decoder.putObject("inputs");
    inputs.put("input_ids", "input_ids");
    inputs.put("attention_mask", "attention_mask");
    inputs.put("past_key_names", "past_key_values.%d.key");
    inputs.put("past_value_names", "past_key_values.%d.value");
    ObjectNode outputs = decoder.putObject("outputs");
    outputs.put("logits", "logits");
    outputs.put("present_key_names", "present.%d.key");
    outputs.put("present_value_names", "present.%d.value");
    decoder.put("num_attention_heads", geometry.heads());
    decoder.put("num_hidden_layers", geometry.layers());
    decoder.put("num_key_value_heads", geometry.keyValueHeads());
  }

  private static void search(ObjectNode search, DecoderGeometry geometry) {
    search.put("diversity_penalty", 0.0);
    search.put("do_sample", false);
    search.put("early_stopping", true);
    search.put("length_penalty", 1.0);
    search.put("max_length", geometry.context());
    search.put("min_length", 0);
    search.put("no_repeat_ngram_size", 0);
    search.put("num_beams", 1);
    search.put("num_return_sequences", 1);
    search.put("past_present_share_buffer", true);
    search.put("repetition_penalty", 1.0);
    search.put("temperature", 1.0);
    search.put("top_k", 50);
    search.put("top_p", 1.0);
  }
}
