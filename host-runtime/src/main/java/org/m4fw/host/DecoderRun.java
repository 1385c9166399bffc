package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.graph.ir.ElementType;

/** Sequences under way: what was fed, and the cache that remembers it. */
public final class DecoderRun implements AutoCloseable {
  private final Decoder decoder;
  private final int batch;

  /** Positions that the cache has, those of virtual tokens included. */
  private final int positions;

  private final Arena arena;
  private final List<ByteBuffer> buffers;
  private final KeyValueCache cache;
  private final DecoderMemory memory;
  private ByteBuffer scores = ByteBuffer.allocate(0);
  private Arena scoresArena;
  private int virtual;
  private int filled;
  private Optional<Logits> opening = Optional.empty();

  @SuppressWarnings("MustBeClosed") // the arenas live as long as the run
  private DecoderRun(Decoder decoder, int batch, int positions, DecoderMemory memory) {
    this.decoder = decoder;
    this.memory = memory;
    this.batch = batch;
    this.positions = positions;
    this.arena = Arena.ofShared();
    this.scoresArena = Arena.ofShared();
    try {
      if (decoder.sharedCache()) {
        buffers = SharedCache.allocate(arena, decoder, batch, positions);
        cache = SharedCache.over(environment(), decoder, buffers, batch, positions);
      } else {
        buffers = List.of();
        cache = new GrowingCache(environment(), arena, decoder, batch);
      }
    } catch (OrtException e) {
      arena.close();
      throw OnnxSession.refused(decoder.name(), e);
    } catch (RuntimeException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  /** Begins sequences: the virtual tokens of the adapter, if there are some, come first. */
  static DecoderRun start(Decoder decoder, int batch, int capacity, DecoderMemory memory) {
    int virtual = decoder.virtualTokens().map(VirtualTokens::count).orElse(0);
    DecoderRun run = new DecoderRun(decoder, batch, virtual + capacity, memory);
    try {
      decoder.virtualTokens().ifPresent(run::open);
      run.virtual = virtual;
      return run;
    } catch (RuntimeException | Error e) {
      run.close();
      throw e;
    }
  }

  private void open(VirtualTokens tokens) {
    switch (tokens) {
      case VirtualTokens.Vectors(RuntimeAdapter.Matrix vectors) -> {
        float[] repeated = new float[batch * vectors.values().length];
        for (int row = 0; row < batch; row++) {
          System.arraycopy(
              vectors.values(),
              0,
              repeated,
              row * vectors.values().length,
              vectors.values().length);
        }
        opening = Optional.of(advance(repeated, vectors.rows()));
      }
      case VirtualTokens.Cache prefix -> filled = prefix.count();
    }
  }

  /** The number of tokens fed so far, per sequence. */
  public int length() {
    return filled - virtual;
  }

  /** How many tokens each sequence may still get. */
  int room() {
    return positions - filled;
  }

  /** Scores at the virtual tokens, where the decoder computed them; valid until the first call. */
  public Optional<Logits> opening() {
    return opening;
  }

  /**
   * Feeds the next tokens of every sequence.
   *
   * @param ids [batch, count], row-major
   * @return scores for each of these positions; valid until the next call
   */
  public Logits feed(long[] ids) {
    int count = ids.length / batch;
    checkCount(decoder.ids(), count);
    checkTokens(ids);
    if (!decoder.takesVectors()) {
      return advance(new StepInput.Ids(decoder.ids(), ids, count));
    }
    try (Arena rows = Arena.ofConfined()) {
      return advance(decoder.lookup().of(ids, batch, count, decoder.geometry().width(), rows));
    } catch (OrtException e) {
      throw OnnxSession.refused(decoder.name(), e);
    }
  }

  /**
   * Feeds vectors in the place of tokens, to a decoder that takes them.
   *
   * @param vectors [batch, count, width], row-major
   * @return as {@link #feed} does
   */
  public Logits feedVectors(float[] vectors) {
    int count = vectors.length / (batch * decoder.geometry().width());
    checkCount(Decoder.VECTORS, count);
    return advance(vectors, count);
  }

  private Logits advance(float[] values, int count) {
    ElementType type = decoder.facts().arithmetic();
    int width = decoder.geometry().width();
    try (Arena memory = Arena.ofConfined()) {
      ByteBuffer elements = NativeTensor.allocate(memory, type, batch, count, width);
      for (int i = 0; i < values.length; i++) {
        NativeTensor.put(elements, type, i, values[i]);
      }
      return advance(new StepInput.Vectors(elements, type, count, width));
    }
  }

  private void checkCount(String input, int count) {
    if (count == 0) {
      throw HostError.NO_TOKENS.at(input, "");
    }
    if (filled + count > positions) {
      throw HostError.TOO_LONG.at(input, "", length() + count, positions - virtual);
    }
  }

  private void checkTokens(long[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= decoder.geometry().vocabulary()) {
        throw HostError.TOKEN_OUT_OF_RANGE.at(
            decoder.ids(), "", ids[i], i, decoder.geometry().vocabulary());
      }
    }
  }

  private Logits advance(StepInput input) {
    int count = input.count();
    int vocabulary = decoder.geometry().vocabulary();
    ByteBuffer scored = scores(count, vocabulary);
    opening = Optional.empty();
    try {
      // GroupQueryAttention takes several new positions over a filled cache for one sequence only.
      if (decoder.sharedCache() && batch > 1 && count > 1 && filled > 0) {
        int bytes = scored.capacity() / batch;
        for (int row = 0; row < batch; row++) {
          ByteBuffer part = scored.slice(row * bytes, bytes).order(scored.order());
          List<ByteBuffer> own = SharedCache.row(buffers, decoder, row, positions);
          try (SharedCache one = SharedCache.over(environment(), decoder, own, 1, positions)) {
            step(one, input.row(row), 1, part);
          }
        }
      } else {
        step(cache, input, batch, scored);
      }
    } catch (OrtException e) {
      throw OnnxSession.refused(decoder.name(), e);
    }
    filled += count;
    return new Logits(batch, count, vocabulary, scored.asFloatBuffer());
  }

  /**
   * Memory for the scores of a step; that of the one before is used again if it is large enough.
   */
  @SuppressWarnings("MustBeClosed") // closed when it is too small, or with the run
  private ByteBuffer scores(int count, int vocabulary) {
    int bytes = Math.multiplyExact(Math.multiplyExact(batch, count), vocabulary * Float.BYTES);
    if (scores.capacity() < bytes) {
      scoresArena.close();
      scoresArena = Arena.ofShared();
      scores = NativeTensor.allocate(scoresArena, ElementType.FLOAT32, batch, count, vocabulary);
    }
    return scores.slice(0, bytes).order(scores.order());
  }

  private void step(KeyValueCache step, StepInput input, int rows, ByteBuffer scored)
      throws OrtException {
    int count = input.count();
    int total = filled + count;
    int vocabulary = decoder.geometry().vocabulary();
    try (Arena inputs = Arena.ofConfined();
        OnnxTensor fed = input.tensor(environment(), inputs, rows);
        OnnxTensor mask =
            NativeTensor.longs(environment(), inputs, ones(rows * total), rows, total);
        OnnxTensor places =
            NativeTensor.longs(environment(), inputs, places(rows, count), rows, count);
        OnnxTensor logits =
            NativeTensor.over(environment(), scored, ElementType.FLOAT32, rows, count, vocabulary);
        OrtSession.RunOptions options = decoder.session().runOptions()) {
      Map<String, OnnxTensor> feeds = new HashMap<>(step.inputs());
      feeds.putAll(decoder.adapterInputs());
      feeds.putAll(memory.tensors());
      feeds.put(input.name(), fed);
      if (decoder.masked()) {
        feeds.put("attention_mask", mask);
      }
      if (decoder.positions()) {
        feeds.put("position_ids", places);
      }
      Map<String, OnnxValue> pinned = new HashMap<>(step.pinned());
      pinned.put("logits", logits);
      Set<String> wanted =
          decoder.sharedCache() ? Set.of() : cacheOutputs(decoder.session().session());
      step.take(decoder.session().session().run(feeds, wanted, pinned, options));
    }
  }

  private static Set<String> cacheOutputs(OrtSession session) {
    Set<String> names = new HashSet<>(session.getOutputNames());
    names.remove("logits");
    return names;
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private long[] places(int rows, int count) {
    long[] places = new long[rows * count];
    for (int i = 0; i < places.length; i++) {
      places[i] = (long) filled + i % count;
    }
    return places;
  }

  private OrtEnvironment environment() {
    return decoder.session().environment();
  }

  @Override
  public void close() {
    cache.close();
    memory.close();
    scoresArena.close();
    arena.close();
  }
}
