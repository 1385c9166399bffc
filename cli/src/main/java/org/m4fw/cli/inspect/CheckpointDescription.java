package org.m4fw.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.TextTable;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import tools.jackson.databind.node.ObjectNode;

/** Describes checkpoints and single weight files. */
final class CheckpointDescription {
  private CheckpointDescription() {}

  static Description of(Path path, Checkpoint checkpoint, ModelOptions options) {
    String architecture = architecture(checkpoint);
    long parameters =
        checkpoint.tensors().values().stream().mapToLong(t -> t.shape().count()).sum();
    long bytes = checkpoint.tensors().values().stream().mapToLong(Tensor::byteSize).sum();
    Map<DType, Long> dtypes =
        checkpoint.tensors().values().stream()
            .collect(Collectors.groupingBy(Tensor::dtype, TreeMap::new, Collectors.counting()));
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: a checkpoint%s"
            .formatted(path, architecture.isEmpty() ? "" : " of architecture " + architecture));
    lines.add(
        "  %s tensors, %s parameters, %s, %s"
            .formatted(
                checkpoint.tensors().size(),
                parameters,
                Amounts.bytes(bytes),
                dtypes.entrySet().stream()
                    .map(e -> "%s %s".formatted(e.getValue(), e.getKey()))
                    .collect(Collectors.joining(", "))));
    lines.add(
        "  files: "
            + checkpoint.files().stream()
                .map(file -> file.getFileName().toString())
                .collect(Collectors.joining(", ")));
    ObjectNode json = Description.json("checkpoint", path);
    json.put("architecture", architecture);
    json.put("parameters", parameters).put("bytes", bytes);
    var files = json.putArray("files");
    checkpoint.files().forEach(file -> files.add(file.getFileName().toString()));
    model(checkpoint, options, lines, json);
    TextTable table = new TextTable("", "", "");
    var tensors = json.putArray("tensors");
    for (Tensor tensor : checkpoint.tensors().values()) {
      table.row("  " + tensor.name(), tensor.dtype().name(), tensor.shape().toString());
      ObjectNode node =
          tensors.addObject().put("name", tensor.name()).put("dtype", tensor.dtype().name());
      tensor.shape().dims().forEach(node.putArray("shape")::add);
    }
    lines.addAll(table.lines());
    return new Description(lines, json);
  }

  /** Files of tensors need not be models; those that are none say why, which is no failure. */
  private static void model(
      Checkpoint checkpoint, ModelOptions options, List<String> lines, ObjectNode json) {
    try {
      Model model = ModelImporter.importModel(checkpoint, options.imports());
      ModelDescription.describe(model, options.sizes(), lines, json);
    } catch (ProblemException e) {
      if (!options.imports().parts().isEmpty()) {
        throw e;
      }
      lines.add("  no model: " + e.problem().text());
      json.put("no_model", e.problem().text());
    }
  }

  private static String architecture(Checkpoint checkpoint) {
    return checkpoint
        .config()
        .map(
            config -> {
              List<String> names =
                  config.has("architectures") ? config.strings("architectures") : List.of();
              return names.isEmpty()
                  ? config.optionalString("model_type").orElse("")
                  : names.getFirst();
            })
        .orElse("");
  }
}
