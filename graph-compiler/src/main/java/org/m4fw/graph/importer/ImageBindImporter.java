package org.m4fw.graph.importer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;

/**
 * The encoders of ImageBind, which give images, sentences, sounds and movements embeddings in one
 * space: one part for each modality of which the checkpoint holds tensors, from {@code in.X} to
 * {@code out.X} [B, width]. Depth and thermal images, which the published file also holds, are left
 * out: no component is made of them. Source: Girdhar et al., "ImageBind" (2023); tensor names are
 * those of its authors' code.
 */
final class ImageBindImporter {
  private static final List<String> LEFT_OUT = List.of("depth", "thermal");

  private ImageBindImporter() {}

  /** Whether a checkpoint with tensors of these names holds encoders of ImageBind. */
  static boolean recognizes(Set<String> names) {
    for (ImageBindPart.Modality modality : ImageBindPart.Modality.values()) {
      if (holds(names, modality)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(Set<String> names, ImageBindPart.Modality modality) {
    List<String> modules = ImageBindPart.modules(modality.key());
    return names.stream().anyMatch(name -> modules.stream().anyMatch(name::startsWith));
  }

  /**
   * The encoders.
   *
   * @param file for messages
   * @param names of all tensors
   * @param options which modalities are wanted
   */
  static Model build(
      ImageBindConfig config,
      CheckpointWeights weights,
      String file,
      Set<String> names,
      ImportOptions options) {
    options.requireAmong(
        Arrays.stream(ImageBindPart.Modality.values())
            .filter(modality -> holds(names, modality))
            .map(ImageBindPart.Modality::key)
            .toList());
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    for (ImageBindPart.Modality modality : ImageBindPart.Modality.values()) {
      if (!options.wants(modality.key())) {
        drop(modality.key(), weights);
      } else if (holds(names, modality)) {
        parts.put(modality.key(), build(new ImageBindPart(modality, config, weights, file)));
      }
    }
    LEFT_OUT.forEach(modality -> drop(modality, weights));
    weights.checkComplete();
    return new Model(ImageBindPart.ARCHITECTURE, parts).leavingOut(weights.leftOut());
  }

  private static void drop(String modality, CheckpointWeights weights) {
    weights.dropBuffers("modality_preprocessors." + modality + ".mask");
    if (!modality.equals(ImageBindPart.Modality.TEXT.key())) {
      weights.dropBuffers("modality_postprocessors." + modality + ".1.log_logit_scale");
    }
    ImageBindPart.modules(modality).forEach(weights::dropAll);
  }

  private static Graph build(ImageBindPart part) {
    switch (part.modality()) {
      case VISION -> new ImageBindVision(part).build();
      case TEXT -> new ImageBindText(part).build();
      case AUDIO -> new ImageBindAudio(part).build();
      case IMU -> new ImageBindMovement(part).build();
    }
    return part.graph();
  }
}
