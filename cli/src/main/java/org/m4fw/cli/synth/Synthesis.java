package org.m4fw.cli.synth;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.checkpoint.TensorWriter;
import org.m4fw.checkpoint.TorchWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the files of layouts. The same preset, seed and layout give the same bytes, whichever
 * other layouts are written.
 */
public final class Synthesis {
  private final Preset preset;
  private final long seed;
  private final boolean hollow;
  private final Progress progress;

  /**
   * What to write.
   *
   * @param hollow whether random weights are left out: they read as zeros and take no room on the
   *     disk, where its file system has sparse files; masks and the like are there
   */
  public Synthesis(Preset preset, long seed, boolean hollow, Progress progress) {
    this.preset = preset;
    this.seed = seed;
    this.hollow = hollow;
    this.progress = progress;
  }

  /** The bytes of the weights of a layout. */
  public long bytes(Layout layout) {
    return layout.files().stream()
        .filter(file -> file.isIn(preset))
        .mapToLong(
            file ->
                file.content() instanceof Content.Weights weights
                    ? bytes(tensors(layout, weights))
                    : 0)
        .sum();
  }

  /** Writes the files of a layout into its directory below this one. */
  public void write(Layout layout, Path out) {
    Path directory = out.resolve(layout.directory());
    try (Progress.Stage stage = progress.stage(layout.directory(), bytes(layout))) {
      for (Layout.File file : layout.files()) {
        if (file.isIn(preset)) {
          Path path = directory.resolve(file.path());
          switch (file.content()) {
            case Content.Weights weights -> weights(layout, weights, path, stage);
            case Content.Document(JsonNode node) ->
                OutputFile.write(path, text(filledIn(node, layout.sizes(preset))));
            case Content.Copy(String resource) ->
                OutputFile.write(path, Catalogue.resource(resource));
          }
        }
      }
    }
  }

  private List<TensorInfo> tensors(Layout layout, Content.Weights weights) {
    return TensorNames.of(weights.tensors(), layout.sizes(preset), weights.dtype());
  }

  private static long bytes(List<TensorInfo> tensors) {
    return tensors.stream().mapToLong(TensorInfo::byteSize).sum();
  }

  private void weights(Layout layout, Content.Weights weights, Path path, Progress.Stage stage) {
    List<TensorInfo> tensors = tensors(layout, weights);
    switch (weights.container()) {
      case Content.Container.Torch(Optional<String> under) -> {
        try (OutputFile file = OutputFile.create(path)) {
          fill(TorchWriter.begin(file, under, tensors), tensors, weights, stage);
          file.commit();
        }
      }
      case Content.Container.Safetensors(SortedMap<Preset, Long> limits) -> {
        Long limit = limits.get(preset);
        SequencedMap<String, List<TensorInfo>> shards =
            Shards.of(
                String.valueOf(path.getFileName()),
                tensors,
                limit == null ? OptionalLong.empty() : OptionalLong.of(limit));
        for (Map.Entry<String, List<TensorInfo>> shard : shards.entrySet()) {
          safetensors(path.resolveSibling(shard.getKey()), shard.getValue(), weights, stage);
        }
        if (shards.size() > 1) {
          OutputFile.write(
              path.resolveSibling(path.getFileName() + ".index.json"), text(index(shards)));
        }
      }
    }
  }

  private void safetensors(
      Path path, List<TensorInfo> tensors, Content.Weights weights, Progress.Stage stage) {
    try (OutputFile file = OutputFile.create(path)) {
      fill(SafetensorsWriter.begin(file, tensors, Map.of("format", "pt")), tensors, weights, stage);
      file.commit();
    }
  }

  private void fill(
      TensorWriter writer,
      List<TensorInfo> tensors,
      Content.Weights weights,
      Progress.Stage stage) {
    for (TensorInfo tensor : tensors) {
      Content.Fill fill = weights.fills().getOrDefault(tensor.name(), new Content.Fill.Random());
      if (hollow && fill instanceof Content.Fill.Random) {
        writer.appendHole();
      } else {
        Numbers.write(tensor, fill, seed, writer::append);
      }
      stage.advance(tensor.byteSize());
    }
    writer.finish();
  }

  private static JsonNode index(SequencedMap<String, List<TensorInfo>> shards) {
    SortedMap<String, Object> map = new TreeMap<>();
    shards.forEach((file, tensors) -> tensors.forEach(tensor -> map.put(tensor.name(), file)));
    long total = shards.values().stream().mapToLong(Synthesis::bytes).sum();
    return CanonicalJson.node(
        new TreeMap<>(Map.of("metadata", Map.of("total_size", total), "weight_map", map)));
  }

  /** Numbers in place of {@code "$name"}. */
  private static JsonNode filledIn(JsonNode node, Sizes sizes) {
    if (node.isString() && node.stringValue().startsWith("$")) {
      return CanonicalJson.node(sizes.of(node.stringValue().substring(1)));
    }
    if (node instanceof ObjectNode object) {
      ObjectNode filled = object.objectNode();
      object.properties().forEach(e -> filled.set(e.getKey(), filledIn(e.getValue(), sizes)));
      return filled;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode filled = array.arrayNode();
      array.forEach(element -> filled.add(filledIn(element, sizes)));
      return filled;
    }
    return node;
  }

  private static byte[] text(JsonNode node) {
    return (node.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
