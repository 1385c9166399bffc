package org.m4fw.host;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.onnx.CompiledModel;

/**
 * Speech to text with an encoder and a decoder, such as Whisper: the encoder and what
 * cross-attention looks at run once, then the decoder token by token, always taking the most likely
 * token that may be chosen. For one thread at a time.
 */
public final class Transcriber implements AutoCloseable {
  private static final String ENCODER = "encoder";

  private final String name;
  private final Port features;
  private final Component encoder;
  private final Component memory;
  private final Decoder decoder;

  private Transcriber(
      String name, Port features, Component encoder, Component memory, Decoder decoder) {
    this.name = name;
    this.features = features;
    this.encoder = encoder;
    this.memory = memory;
    this.decoder = decoder;
  }

  /** Whether these are the parts of a component that turns sound into text. */
  public static boolean recognizes(Map<String, CompiledModel> parts) {
    CompiledModel encoder = parts.get(ENCODER);
    CompiledModel decoder = parts.get(Model.DECODER);
    return encoder != null
        && encoder.inputs().size() == 1
        && parts.containsKey(Model.MEMORY)
        && decoder != null
        && decoder.facts().decoder().isPresent()
        && decoder.hasMemory();
  }

  /**
   * Loads the parts.
   *
   * @param name for messages: where they are from
   * @throws org.m4fw.base.problem.ProblemException with a {@link HostError}
   */
  public static Transcriber open(String name, Map<String, CompiledModel> parts) {
    CompiledModel encoder = parts.get(ENCODER);
    CompiledModel memory = parts.get(Model.MEMORY);
    CompiledModel decoder = parts.get(Model.DECODER);
    if (!recognizes(parts) || encoder == null || memory == null || decoder == null) {
      throw HostError.NO_TRANSCRIBER.at(name, "", String.join(", ", parts.keySet()));
    }
    Port features = encoder.inputs().firstEntry().getValue();
    Component first = Component.open(name, encoder);
    try {
      Component second = Component.open(name, memory);
      try {
        Decoder third = Decoder.open(name, decoder, Optional.empty());
        return new Transcriber(name, features, first, second, third);
      } catch (RuntimeException e) {
        second.close();
        throw e;
      }
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
  }

  /** What the encoder takes: a log-mel spectrogram, [batch, mel bins, frames]. */
  public Port features() {
    return features;
  }

  /** The prompt that asks for a transcript, and what is never chosen. */
  public SpecialTokens tokens() {
    return decoder.facts().tokens();
  }

  /** The longest text, in tokens, the prompt included. */
  public int context() {
    return decoder.context();
  }

  /**
   * What is said in a sound, with the prompt and the limits of the model itself.
   *
   * @param file where the spectrogram is from, for messages
   * @param spectrogram as {@link #features} says, of one sound
   * @param listener hears each token as it comes
   */
  public Generation transcribe(String file, Tensor spectrogram, LongConsumer listener) {
    return transcribe(file, spectrogram, tokens().prompt(), context(), listener);
  }

  /**
   * What is said in a sound.
   *
   * @param prompt what the text starts with; not part of what is returned as new
   * @param limit the most tokens to make
   */
  public Generation transcribe(
      String file, Tensor spectrogram, List<Long> prompt, int limit, LongConsumer listener) {
    long[] start = prompt.stream().mapToLong(Long::longValue).toArray();
    if (start.length > context()) {
      throw HostError.TOO_LONG.at("prompt", "", start.length, context());
    }
    SpecialTokens tokens = tokens();
    int capacity = (int) Math.min((long) start.length + limit, context());
    try (Arena arena = Arena.ofConfined();
        DecoderRun run = decoder.start(1, capacity, listen(file, spectrogram, arena))) {
      return Generation.proceed(
          run,
          tokens,
          Prompt.of(start),
          limit,
          Sampler.greedyWithout(tokens.suppressed(), tokens.suppressedAtBegin()),
          Generation.hearing(listener));
    }
  }

  private DecoderMemory listen(String file, Tensor spectrogram, Arena arena) {
    Map<String, Tensor> values = new TreeMap<>();
    values.put(features.name(), spectrogram);
    for (Component part : List.of(encoder, memory)) {
      for (Tensor output : part.run(file, new TreeMap<>(values), arena)) {
        values.put(output.name(), output);
      }
    }
    DecoderMemory heard =
        DecoderMemory.of(
            decoder.session().environment(), name, decoder.model().inputs(), values, arena);
    try {
      heard.requireBatch(file, features.name(), 1);
      return heard;
    } catch (RuntimeException e) {
      heard.close();
      throw e;
    }
  }

  @Override
  public void close() {
    decoder.close();
    memory.close();
    encoder.close();
  }
}
