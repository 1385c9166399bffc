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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.graph.ir.ElementType;

/** Sequences under way: what was fed, and the cache that remembers it. */
public final class DecoderRun implements AutoCloseable {
  private final Decoder decoder;
  private final int batch;
  private final int capacity;
  private final Arena arena;
  private final List<ByteBuffer> buffers;
  private final KeyValueCache cache;
  private Arena scoresArena;
  private int length;

  @SuppressWarnings("MustBeClosed") // the arena lives as long as the run
  DecoderRun(Decoder decoder, int batch, int capacity) {
    this.decoder = decoder;
    this.batch = batch;
    this.capacity = capacity;
    this.arena = Arena.ofShared();
    this.scoresArena = Arena.ofShared();
    try {
      if (decoder.sharedCache()) {
        buffers = SharedCache.allocate(arena, decoder, batch, capacity);
        cache = SharedCache.over(environment(), decoder, buffers, batch, capacity);
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

  /** The number of tokens fed so far, per sequence. */
  public int length() {
    return length;
  }

  /**
   * Feeds the next tokens of every sequence.
   *
   * @param ids [batch, count], row-major
   * @return scores for each of these positions; valid until the next call
   */
  @SuppressWarnings("MustBeClosed") // closed by the next call, or with the run
  public Logits feed(long[] ids) {
    int count = ids.length / batch;
    check(ids, count);
    int vocabulary = decoder.geometry().vocabulary();
    ByteBuffer scores = NativeTensor.allocate(arena, ElementType.FLOAT32, batch, count, vocabulary);
    try {
      // GroupQueryAttention takes several new tokens over a filled cache for one sequence only.
      if (decoder.sharedCache() && batch > 1 && count > 1 && length > 0) {
        int bytes = scores.capacity() / batch;
        for (int row = 0; row < batch; row++) {
          ByteBuffer part = scores.slice(row * bytes, bytes).order(scores.order());
          long[] rowIds = Arrays.copyOfRange(ids, row * count, (row + 1) * count);
          try (SharedCache one =
              SharedCache.over(
                  environment(),
                  decoder,
                  SharedCache.row(buffers, decoder, row, capacity),
                  1,
                  capacity)) {
            step(one, rowIds, 1, count, part);
          }
        }
      } else {
        step(cache, ids, batch, count, scores);
      }
    } catch (OrtException e) {
      throw OnnxSession.refused(decoder.name(), e);
    }
    length += count;
    return new Logits(batch, count, vocabulary, scores.asFloatBuffer());
  }

  private void check(long[] ids, int count) {
    if (count == 0) {
      throw HostError.NO_TOKENS.at("input_ids", "");
    }
    if (length + count > capacity) {
      throw HostError.TOO_LONG.at("input_ids", "", length + count, capacity);
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= decoder.geometry().vocabulary()) {
        throw HostError.TOKEN_OUT_OF_RANGE.at(
            "input_ids", "", ids[i], i, decoder.geometry().vocabulary());
      }
    }
  }

  private void step(KeyValueCache step, long[] ids, int rows, int count, ByteBuffer scores)
      throws OrtException {
    int total = length + count;
    try (Arena inputs = Arena.ofConfined();
        OnnxTensor tokens = NativeTensor.longs(environment(), inputs, ids, rows, count);
        OnnxTensor mask =
            NativeTensor.longs(environment(), inputs, ones(rows * total), rows, total);
        OnnxTensor positions =
            NativeTensor.longs(environment(), inputs, positions(rows, count), rows, count);
        OnnxTensor logits =
            NativeTensor.over(
                environment(),
                scores,
                ElementType.FLOAT32,
                rows,
                count,
                decoder.geometry().vocabulary());
        OrtSession.RunOptions options = decoder.session().runOptions()) {
      Map<String, OnnxTensor> feeds = new HashMap<>(step.inputs());
      feeds.putAll(decoder.adapterInputs());
      feeds.put("input_ids", tokens);
      feeds.put("attention_mask", mask);
      if (decoder.positions()) {
        feeds.put("position_ids", positions);
      }
      Map<String, OnnxValue> pinned = new HashMap<>(step.pinned());
      pinned.put("logits", logits);
      Set<String> wanted =
          decoder.sharedCache() ? Set.of() : cacheOutputs(decoder.session().session());
      step.take(decoder.session().session().run(feeds, wanted, pinned, options));
    }
  }

  private static Set<String> cacheOutputs(OrtSession session) {
    Set<String> names = new java.util.HashSet<>(session.getOutputNames());
    names.remove("logits");
    return names;
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private long[] positions(int rows, int count) {
    long[] positions = new long[rows * count];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = (long) length + i % count;
    }
    return positions;
  }

  private OrtEnvironment environment() {
    return decoder.session().environment();
  }

  @Override
  public void close() {
    cache.close();
    scoresArena.close();
    arena.close();
  }
}
