package org.m4fw.host;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.ElementType;

/** The keys and values of virtual tokens, on their way into a cache. */
final class PrefixCache {
  private final Optional<VirtualTokens.Cache> tokens;
  private final DecoderGeometry geometry;
  private final ElementType type;

  private PrefixCache(
      Optional<VirtualTokens.Cache> tokens, DecoderGeometry geometry, ElementType type) {
    this.tokens = tokens;
    this.geometry = geometry;
    this.type = type;
  }

  static PrefixCache of(Decoder decoder) {
    Optional<VirtualTokens.Cache> tokens =
        decoder.virtualTokens().isPresent()
                && decoder.virtualTokens().get() instanceof VirtualTokens.Cache cache
            ? Optional.of(cache)
            : Optional.empty();
    return new PrefixCache(tokens, decoder.geometry(), decoder.facts().arithmetic());
  }

  /** The number of positions that it fills; 0 without such tokens. */
  int length() {
    return tokens.map(VirtualTokens::count).orElse(0);
  }

  /**
   * Writes the first positions of a buffer [batch, keyValueHeads, capacity, headWidth].
   *
   * @param slot 2·layer for the keys of a layer, 2·layer + 1 for its values
   */
  void fill(ByteBuffer buffer, int slot, int batch, int capacity) {
    if (tokens.isEmpty()) {
      return;
    }
    RuntimeAdapter.Matrix entries = tokens.get().entries();
    int heads = geometry.keyValueHeads();
    int width = geometry.headWidth();
    for (int sequence = 0; sequence < batch * heads; sequence++) {
      int head = sequence % heads;
      for (int token = 0; token < entries.rows(); token++) {
        int from = token * entries.columns() + (slot * heads + head) * width;
        int to = (sequence * capacity + token) * width;
        for (int i = 0; i < width; i++) {
          NativeTensor.put(buffer, type, to + i, entries.values()[from + i]);
        }
      }
    }
  }
}
