package org.m4fw.tests.benchmark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorInfo;

/**
 * Writes a model of LLaMA-7B's shapes with fewer layers and random F16 weights, as a checkpoint
 * and, with the same tensors, as a GGUF file for llama.cpp. Four layers are 2.1 GB each.
 */
final class SyntheticModel {
  private static final int WIDTH = 4096;
  private static final int INNER = 11008;
  private static final int VOCABULARY = 32000;
  private static final int CHUNK = 1 << 24;
  private static final int GGUF_ALIGNMENT = 32;

  /** A tensor, and what llama.cpp calls it. */
  private record Named(String name, String gguf, Shape shape) {}

  private final byte[] numbers = new byte[CHUNK];

  private SyntheticModel() {
    ByteBuffer buffer = ByteBuffer.wrap(numbers).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(7);
    while (buffer.hasRemaining()) {
      buffer.putShort(Float.floatToFloat16((float) random.nextGaussian() * 0.02f));
    }
  }

  /** Arguments: the directory and the number of layers. */
  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[0]);
    int layers = Integer.parseInt(arguments[1]);
    SyntheticModel model = new SyntheticModel();
    model.checkpoint(directory, layers);
    model.gguf(directory.resolve("model.gguf"), layers);
  }

  private static List<Named> tensors(int layers) {
    List<Named> tensors = new ArrayList<>();
    tensors.add(
        new Named("model.embed_tokens.weight", "token_embd.weight", Shape.of(VOCABULARY, WIDTH)));
    tensors.add(new Named("lm_head.weight", "output.weight", Shape.of(VOCABULARY, WIDTH)));
    tensors.add(new Named("model.norm.weight", "output_norm.weight", Shape.of(WIDTH)));
    for (int layer = 0; layer < layers; layer++) {
      Shape square = Shape.of(WIDTH, WIDTH);
      add(tensors, layer, "self_attn.q_proj", "attn_q", square);
      add(tensors, layer, "self_attn.k_proj", "attn_k", square);
      add(tensors, layer, "self_attn.v_proj", "attn_v", square);
      add(tensors, layer, "self_attn.o_proj", "attn_output", square);
      add(tensors, layer, "mlp.gate_proj", "ffn_gate", Shape.of(INNER, WIDTH));
      add(tensors, layer, "mlp.up_proj", "ffn_up", Shape.of(INNER, WIDTH));
      add(tensors, layer, "mlp.down_proj", "ffn_down", Shape.of(WIDTH, INNER));
      add(tensors, layer, "input_layernorm", "attn_norm", Shape.of(WIDTH));
      add(tensors, layer, "post_attention_layernorm", "ffn_norm", Shape.of(WIDTH));
    }
    return tensors;
  }

  private static void add(List<Named> tensors, int layer, String name, String gguf, Shape shape) {
    tensors.add(
        new Named(
            "model.layers.%s.%s.weight".formatted(layer, name),
            "blk.%s.%s.weight".formatted(layer, gguf),
            shape));
  }

  private void checkpoint(Path directory, int layers) {
    List<Named> tensors = tensors(layers);
    List<TensorInfo> declared =
        tensors.stream().map(t -> new TensorInfo(t.name(), DType.F16, t.shape())).toList();
    try (OutputFile file = OutputFile.create(directory.resolve("model.safetensors"))) {
      file.append(SafetensorsWriter.header(declared, Map.of("format", "pt")));
      tensors.forEach(tensor -> append(file, tensor.shape().count()));
      file.commit();
    }
    String config =
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %s,
         "intermediate_size": %s, "num_hidden_layers": %s, "num_attention_heads": 32,
         "num_key_value_heads": 32, "vocab_size": %s, "max_position_embeddings": 2048,
         "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": false,
         "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "float16"}
        """
            .formatted(WIDTH, INNER, layers, VOCABULARY);
    OutputFile.write(directory.resolve("config.json"), config.getBytes(StandardCharsets.UTF_8));
  }

  private void append(OutputFile file, long count) {
    for (long left = 2 * count; left > 0; left -= CHUNK) {
      file.append(ByteBuffer.wrap(numbers, 0, (int) Math.min(CHUNK, left)));
    }
  }

  /** Version 3 of the format, with the metadata that llama-quantize wants. */
  private void gguf(Path path, int layers) {
    List<Named> tensors = tensors(layers);
    ByteBuffer head = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    head.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3);
    head.putLong(tensors.size()).putLong(11);
    text(head, "general.architecture", "llama");
    text(head, "tokenizer.ggml.model", "no_vocab");
    number(head, "llama.block_count", layers);
    number(head, "llama.context_length", 2048);
    number(head, "llama.embedding_length", WIDTH);
    number(head, "llama.feed_forward_length", INNER);
    number(head, "llama.attention.head_count", 32);
    number(head, "llama.attention.head_count_kv", 32);
    number(head, "llama.rope.dimension_count", 128);
    number(head, "llama.vocab_size", VOCABULARY);
    string(head, "llama.attention.layer_norm_rms_epsilon");
    head.putInt(6).putFloat(1e-5f);
    long offset = 0;
    for (Named tensor : tensors) {
      string(head, tensor.gguf());
      int rank = tensor.shape().rank();
      head.putInt(rank);
      for (int axis = rank - 1; axis >= 0; axis--) {
        head.putLong(tensor.shape().dim(axis));
      }
      // Vectors are F32 there, all else F16.
      head.putInt(rank == 1 ? 0 : 1).putLong(offset);
      offset += tensor.shape().count() * (rank == 1 ? 4 : 2);
    }
    try (OutputFile file = OutputFile.create(path)) {
      file.append(head.flip());
      file.align(GGUF_ALIGNMENT);
      for (Named tensor : tensors) {
        if (tensor.shape().rank() == 1) {
          ByteBuffer ones = ByteBuffer.allocate(4 * WIDTH).order(ByteOrder.LITTLE_ENDIAN);
          while (ones.hasRemaining()) {
            ones.putFloat(1);
          }
          file.append(ones.flip());
        } else {
          append(file, tensor.shape().count());
        }
      }
      file.commit();
    }
  }

  private static void string(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.putLong(bytes.length).put(bytes);
  }

  private static void text(ByteBuffer to, String key, String value) {
    string(to, key);
    to.putInt(8);
    string(to, value);
  }

  private static void number(ByteBuffer to, String key, int value) {
    string(to, key);
    to.putInt(4).putInt(value);
  }
}
