package org.m4fw.graph.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.importer.ModelImporter;

final class MacsTest {
  private static OptionalLong macs(String golden, String part, Map<String, Long> sizes) {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden(golden))) {
      return Macs.of(ModelImporter.importModel(checkpoint).part(part), sizes);
    }
  }

  private static Map<String, Long> tokens(long length, long past) {
    return Map.of("batch_size", 1L, "sequence_length", length, "past_sequence_length", past);
  }

  @Test
  void layersAndAttentionAreCounted() {
    // 3 layers of 4·64² + 3·64·176, each with 2 products of 5·8 scores over 64 numbers; the head.
    long layer = 5 * (4 * 64 * 64 + 3 * 64 * 176) + 2 * 5 * 8 * 64;
    assertEquals(
        OptionalLong.of(3 * layer + 5 * 64 * 300), macs("llama-mha-f16", "decoder", tokens(5, 3)));
  }

  @Test
  void positionsThatFollowACacheAreCountedThrough() {
    assertTrue(macs("whisper-f16", "decoder", tokens(1, 3)).isPresent());
  }

  @Test
  void moreThanFitsANumberIsNotCounted() {
    assertEquals(
        OptionalLong.empty(), macs("llama-mha-f16", "decoder", tokens(1L << 32, 1L << 32)));
  }

  @Test
  void sizesThatAreNotGivenAreNotGuessed() {
    assertEquals(OptionalLong.empty(), macs("llama-mha-f16", "decoder", Map.of("batch_size", 1L)));
  }

  @Test
  void imageSmallerThanWhatIsCutFromItIsNotCounted() {
    assertEquals(
        OptionalLong.empty(),
        macs(
            "sd-vae-f32",
            "encode",
            Map.of("batch_size", 1L, "image_height", -8L, "image_width", 8L)));
  }
}
