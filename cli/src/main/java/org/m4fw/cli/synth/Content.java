package org.m4fw.cli.synth;

import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import org.m4fw.checkpoint.DType;
import tools.jackson.databind.JsonNode;

/** What a file of a layout holds. */
sealed interface Content {

  /**
   * Tensors.
   *
   * @param tensors dimensions by the pattern of the name, in which {@code {0..2}} stands for those
   *     numbers and {@code {layers}} for those below that size; a dimension is a number or a size
   * @param fills what tensors hold that are not random, by name
   */
  record Weights(
      Container container,
      DType dtype,
      SequencedMap<String, List<JsonNode>> tensors,
      SortedMap<String, Fill> fills)
      implements Content {}

  /** A document in which {@code "$width"} stands for that size. */
  record Document(JsonNode node) implements Content {}

  /** The bytes of another resource. */
  record Copy(String resource) implements Content {}

  /** The format of a file of tensors. */
  sealed interface Container {

    /**
     * Files that {@code torch.save} writes.
     *
     * @param under the key of the dictionary around the tensors'
     */
    record Torch(Optional<String> under) implements Container {}

    /**
     * Safetensors, in several files with an index if one would have more than this many bytes.
     *
     * @param shardBytes by preset; none if there is always one
     */
    record Safetensors(SortedMap<Preset, Long> shardBytes) implements Container {}
  }

  /** What a tensor holds that is no result of training. */
  sealed interface Fill {
    /** Random numbers of a size that keeps activations at theirs. */
    record Random() implements Fill {}

    /** The same number everywhere. */
    record Constant(float value) implements Fill {}

    /** [n, n]: 0 up to the diagonal and −∞ after it. */
    record CausalMask() implements Fill {}

    /**
     * [positions, width]: waves of geometrically spaced frequencies, sines in the first half of a
     * row and cosines in the second (Radford et al., "Whisper", 2022).
     */
    record Sinusoids() implements Fill {}
  }
}
