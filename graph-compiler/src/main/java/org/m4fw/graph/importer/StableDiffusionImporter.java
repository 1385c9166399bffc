package org.m4fw.graph.importer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;

/**
 * Stable Diffusion as its pipeline names it: the text model, the denoiser and the autoencoder, each
 * with the parts that it has alone. What else a pipeline holds, such as the safety checker, is left
 * out. Source: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models"
 * (2022).
 */
final class StableDiffusionImporter {
  private static final List<String> DIRECTORIES = List.of("text_encoder", "unet", "vae");

  private StableDiffusionImporter() {}

  static Model build(Checkpoint pipeline) {
    String source = pipeline.directory().toString();
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    for (String directory : DIRECTORIES) {
      Checkpoint checkpoint =
          Optional.ofNullable(pipeline.parts().get(directory))
              .orElseThrow(() -> ImportError.NO_PIPELINE_PART.at(source, "", directory));
      Model model = ModelImporter.importModel(checkpoint);
      requireOwnNames(source, parts, model);
      parts.putAll(model.parts());
    }
    SortedMap<String, Long> leftOut = new TreeMap<>();
    pipeline.parts().entrySet().stream()
        .filter(part -> !DIRECTORIES.contains(part.getKey()))
        .forEach(
            part ->
                leftOut.put(
                    part.getKey(),
                    part.getValue().tensors().values().stream()
                        .mapToLong(tensor -> tensor.shape().count())
                        .sum()));
    return new Model("StableDiffusionPipeline", parts).leavingOut(leftOut);
  }

  /** Weights of a component are told apart by their names, in whichever part they are. */
  private static void requireOwnNames(
      String source, SequencedMap<String, Graph> parts, Model model) {
    TreeSet<String> names = new TreeSet<>();
    parts.values().forEach(graph -> names.addAll(graph.weights().keySet()));
    names.retainAll(model.weights().keySet());
    if (!names.isEmpty()) {
      throw ImportError.INCONSISTENT.at(
          source, names.getFirst(), "the name in two directories", "it in one");
    }
  }
}
