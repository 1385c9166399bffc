package org.m4fw.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.checkpoint.gguf.GgufFile;
import org.m4fw.checkpoint.gguf.GgufTensor;
import org.m4fw.checkpoint.gguf.GgufValue;
import org.m4fw.checkpoint.packed.PackedError;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A LLaMA in a GGUF file, told from its metadata: {@code llama.*} becomes a {@code config.json},
 * and {@code blk.0.attn_q.weight} becomes {@code model.layers.0.self_attn.q_proj.weight}.
 * llama.cpp's converter interleaves the halves of every head of queries and keys for its rotary
 * embedding. The tokenizer of the metadata is not read: a {@code tokenizer.json} beside the file
 * is.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the names</a>
 */
final class GgufLlama {
  private static final String ARCHITECTURE = "general.architecture";
  private static final long MAX_SIZE = 1 << 24;

  private static final Map<String, String> WHOLE =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");

  private static final Pattern LAYER =
      Pattern.compile("blk\\.(0|[1-9]\\d{0,3})\\.([a-z_]+)\\.weight");

  private static final Map<String, String> PARTS =
      Map.of(
          "attn_norm", "input_layernorm",
          "attn_q", "self_attn.q_proj",
          "attn_k", "self_attn.k_proj",
          "attn_v", "self_attn.v_proj",
          "attn_output", "self_attn.o_proj",
          "ffn_norm", "post_attention_layernorm",
          "ffn_gate", "mlp.gate_proj",
          "ffn_up", "mlp.up_proj",
          "ffn_down", "mlp.down_proj");

  private final Path file;
  private final GgufFile content;

  private GgufLlama(Path file, GgufFile content) {
    this.file = file;
    this.content = content;
  }

  /** The model, if the metadata describes a LLaMA. */
  static Optional<GgufLlama> of(Path file, GgufFile content) {
    boolean llama =
        content.metadata().get(ARCHITECTURE) instanceof GgufValue.Text(String name)
            && name.equals("llama")
            && content.metadata().containsKey("llama.block_count")
            && content.tensors().containsKey("token_embd.weight");
    return llama ? Optional.of(new GgufLlama(file, content)) : Optional.empty();
  }

  /** A tensor's name in Hugging Face's files. */
  String name(String name) {
    Matcher layer = LAYER.matcher(name);
    Optional<String> found =
        layer.matches()
            ? Optional.ofNullable(PARTS.get(layer.group(2)))
                .map(part -> "model.layers.%s.%s.weight".formatted(layer.group(1), part))
            : Optional.ofNullable(WHOLE.get(name));
    return found.orElseThrow(() -> PackedError.GGUF_NAME.at(file, name));
  }

  /** How many heads the rows of a tensor belong to whose halves are interleaved; 0 for none. */
  int rotaryHeads(String name) {
    long heads =
        name.endsWith(".attn_q.weight")
            ? whole("attention.head_count")
            : name.endsWith(".attn_k.weight") ? keyValueHeads() : 0;
    GgufTensor tensor = content.tensors().get(name);
    long rows = tensor == null || tensor.dims().isEmpty() ? 0 : tensor.dims().getFirst();
    boolean matrix =
        tensor != null && tensor.dims().size() == 2 && tensor.dims().get(1) <= MAX_SIZE;
    if (heads > 0 && (!matrix || rows % (2 * heads) != 0)) {
      throw PackedError.GGUF_VALUE.at(
          file,
          name,
          rows + " rows",
          "a matrix with rows for %s heads of even width".formatted(heads));
    }
    return (int) heads;
  }

  /** Embedding and head, which plans want in more bits than the layers. */
  static boolean isVocabulary(String name) {
    return name.equals("token_embd.weight") || name.equals("output.weight");
  }

  private long keyValueHeads() {
    return has("attention.head_count_kv")
        ? whole("attention.head_count_kv")
        : whole("attention.head_count");
  }

  /**
   * The configuration.
   *
   * @param entries how matrices that were repacked are stored
   */
  ObjectNode config(ObjectNode entries) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama");
    config.put("hidden_size", whole("embedding_length"));
    config.put("num_hidden_layers", whole("block_count"));
    config.put("num_attention_heads", whole("attention.head_count"));
    config.put("num_key_value_heads", keyValueHeads());
    config.put("intermediate_size", whole("feed_forward_length"));
    config.put("max_position_embeddings", whole("context_length"));
    config.put("rms_norm_eps", real("attention.layer_norm_rms_epsilon", 1e-6));
    config.put("rope_theta", real("rope.freq_base", 10_000));
    if (has("attention.key_length")) {
      config.put("head_dim", whole("attention.key_length"));
    }
    rescaling(config);
    GgufTensor embedding = content.tensors().get("token_embd.weight");
    config.put(
        "vocab_size",
        embedding == null || embedding.dims().isEmpty() ? 0 : embedding.dims().getFirst());
    config.put("tie_word_embeddings", !content.tensors().containsKey("output.weight"));
    token(config, "bos_token_id");
    token(config, "eos_token_id");
    if (!entries.isEmpty()) {
      ObjectNode own = config.putObject("quantization_config");
      own.put("quant_method", "m4fw").put("version", 1).set("weights", entries);
    }
    return config;
  }

  private void rescaling(ObjectNode config) {
    GgufValue type = content.metadata().get("llama.rope.scaling.type");
    if (type instanceof GgufValue.Text(String name) && name.equals("linear")) {
      config
          .putObject("rope_scaling")
          .put("rope_type", "linear")
          .put("factor", real("rope.scaling.factor", 1));
    } else if (type != null
        && !(type instanceof GgufValue.Text(String name) && name.equals("none"))) {
      throw PackedError.GGUF_VALUE.at(
          file,
          "llama.rope.scaling.type",
          type instanceof GgufValue.Text(String name) ? name : "no text",
          "none or linear");
    }
  }

  private void token(ObjectNode config, String name) {
    if (content.metadata().get("tokenizer.ggml." + name) instanceof GgufValue.Whole(long id)
        && id >= 0
        && id <= Integer.MAX_VALUE) {
      config.put(name, id);
    }
  }

  private boolean has(String key) {
    return content.metadata().containsKey("llama." + key);
  }

  private long whole(String key) {
    if (content.metadata().get("llama." + key) instanceof GgufValue.Whole(long value)
        && value > 0
        && value <= MAX_SIZE) {
      return value;
    }
    throw PackedError.GGUF_VALUE.at(
        file, "llama." + key, has(key) ? "something else" : "nothing", "an integer from 1 to 2^24");
  }

  /** Single precision, said as the shortest decimal, as a configuration has it. */
  private double real(String key, double otherwise) {
    return content.metadata().get("llama." + key) instanceof GgufValue.Real(double value)
        ? Double.parseDouble(Float.toString((float) value))
        : otherwise;
  }
}
