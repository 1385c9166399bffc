package org.m4fw.cli.pipeline;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.console.Json;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GenaiConfig;
import org.m4fw.graph.onnx.PackedWeights;
import org.m4fw.quantizer.activation.ActivationJson;
import org.m4fw.targets.Operator;
import org.m4fw.targets.Target;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes compiled graphs into a directory that runtimes can load:
 *
 * <pre>
 * PART.TARGET.onnx    the graphs
 * PART.TARGET.tflite  those of targets that run LiteRT, see {@link LiteOutput}
 * weights.bin         the weights of all of them: equal ones once
 * genai_config.json   for the first target that onnxruntime-genai runs, if there is one
 * tokenizer.json …    the model's tokenizer and generation settings
 * PART.TARGET.profiles.json  for targets that make an engine of a graph, see {@link EngineProfiles}
 * report.json         sizes, and for every operator where it is placed and why
 * report.html         the same as a picture of the graphs
 * </pre>
 */
public final class CompiledOutput {
  private static final String REPORT = "report.json";
  private static final String SCHEMA = "m4fw/compile/1";
  private static final String WEIGHTS = "weights.bin";
  private static final List<String> COMPANIONS =
      List.of(
          "chat_template.jinja",
          "generation_config.json",
          "special_tokens_map.json",
          "tokenizer.json",
          "tokenizer_config.json");

  private CompiledOutput() {}

  /** Whether a directory was written by {@link #write}. */
  public static boolean isOurs(Path directory) {
    Path report = directory.resolve(REPORT);
    return Files.isRegularFile(report)
        && StrictJson.readObject(report)
            .optionalString("schema")
            .filter(SCHEMA::equals)
            .isPresent();
  }

  /**
   * Writes the directory, which replaces an older one.
   *
   * @return {@code report.json}
   */
  public static ObjectNode write(
      Checkpoint checkpoint, List<TargetModel> models, List<LiteTargetModel> lite, Path out) {
    List<CompiledModel> graphs = new ArrayList<>();
    models.forEach(model -> graphs.addAll(model.parts().values()));
    lite.forEach(model -> graphs.addAll(LiteOutput.hosts(model)));
    PackedWeights packed = PackedWeights.of(graphs);
    try (OutputDirectory directory = OutputDirectory.create(out)) {
      Path path = directory.path();
      try (OutputFile weights = OutputFile.create(path.resolve(WEIGHTS))) {
        packed.appendTo(weights);
        weights.commit();
      }
      ObjectNode report = Json.object().put("schema", SCHEMA).put("weights", packed.size());
      var targets = report.putArray("targets");
      for (TargetModel model : models) {
        targets.add(target(model, packed, path));
      }
      lite.forEach(model -> targets.add(LiteOutput.write(model, packed, WEIGHTS, path)));
      genai(models).ifPresent(bytes -> OutputFile.write(path.resolve("genai_config.json"), bytes));
      for (String name : COMPANIONS) {
        checkpoint
            .file(name)
            .ifPresent(file -> OutputFile.write(path.resolve(name), Bytes.of(file)));
      }
      OutputFile.write(
          path.resolve(REPORT), (report.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
      OutputFile.write(
          path.resolve("report.html"), PlacementPage.of(name(checkpoint.directory()), report));
      directory.commit();
      return report;
    }
  }

  private static ObjectNode target(TargetModel model, PackedWeights packed, Path path) {
    ObjectNode node = Json.object().put("target", model.target().id());
    node.put("runtime", model.target().runtime().name());
    node.put("bytes_before", model.report().bytesBefore());
    node.put("bytes_after", model.report().bytesAfter());
    var graphs = node.putArray("graphs");
    model
        .parts()
        .forEach(
            (part, graph) -> {
              String file = fileName(part, model.target());
              OutputFile.write(
                  path.resolve(file), graph.bytes(extent -> packed.placement(extent, WEIGHTS)));
              ObjectNode entry = graphs.addObject().put("part", part).put("file", file);
              engine(entry, path, file, graph, model.target());
              operators(entry, graph, model.target());
              model.activations().stream()
                  .filter(report -> report.part().equals(part))
                  .forEach(report -> entry.set("activations", ActivationJson.node(report)));
            });
    return node;
  }

  private static String name(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    return absolute.getName(absolute.getNameCount() - 1).toString();
  }

  private static void engine(
      ObjectNode entry, Path path, String file, CompiledModel graph, Target target) {
    if (target.runtime().engineBuilder().isEmpty()) {
      return;
    }
    String stem = file.substring(0, file.lastIndexOf('.'));
    String profiles = stem + ".profiles.json";
    EngineProfiles made = EngineProfiles.of(graph);
    OutputFile.write(path.resolve(profiles), (made.json() + "\n").getBytes(StandardCharsets.UTF_8));
    entry
        .putObject("engine")
        .put("profiles", profiles)
        .put("command", made.command(file, stem + ".engine"));
  }

  private static String fileName(String part, Target target) {
    return "%s.%s.onnx".formatted(part, target.id());
  }

  private static Optional<byte[]> genai(List<TargetModel> models) {
    for (TargetModel model : models) {
      for (Map.Entry<String, CompiledModel> part : model.parts().entrySet()) {
        if (part.getValue().hasFusedAttention()) {
          return Optional.of(
              GenaiConfig.bytes(part.getValue().facts(), fileName(part.getKey(), model.target())));
        }
      }
    }
    return Optional.empty();
  }

  /** Where each operator runs, and why: what the target's file says about it, and its source. */
  private static void operators(ObjectNode entry, CompiledModel graph, Target target) {
    var nodes = entry.putArray("nodes");
    for (CompiledModel.Use use : graph.operators()) {
      nodes
          .addObject()
          .put("node", use.node())
          .put("operator", use.operator())
          .put("placed", place(use.operator(), target));
    }
    var list = entry.putArray("operators");
    graph
        .operatorCounts()
        .forEach(
            (name, count) -> {
              list.addObject()
                  .put("operator", name)
                  .put("count", count.intValue())
                  .put("placed", place(name, target))
                  .put(
                      "why",
                      known(name, target)
                          .map(o -> why(o, target))
                          .orElse("the target does not list it"));
            });
  }

  private static String place(String operator, Target target) {
    return known(operator, target).isPresent() ? target.id() : "nowhere";
  }

  private static Optional<Operator> known(String name, Target target) {
    int dot = name.lastIndexOf('.');
    String domain = dot < 0 ? Operator.ONNX : name.substring(0, dot);
    return target.operator(domain, name.substring(dot + 1));
  }

  private static String why(Operator operator, Target target) {
    String since =
        operator.since() == 0 ? "" : ", defined since opset %s".formatted(operator.since());
    String note = operator.note().isEmpty() ? "" : "; " + operator.note();
    return "%s implements it%s%s".formatted(target.runtime().name(), since, note);
  }
}
