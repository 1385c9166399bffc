package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.TensorRun;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code run}. */
@CommandLine.Command(
    description = {
      "Runs a model on named tensors: input_ids [batch, length] and, if present, next_ids, which are"
          + " fed after them on the cache. Writes logits and next_logits, in F32. In the place of"
          + " input_ids, inputs_embeds [batch, length, width] are taken.",
      "Tensors that are no inputs are ignored. Weights are taken as they are, in float32 arithmetic,"
          + " unless --scheme or --target say otherwise."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw run llama --tensors in.safetensors --out out.safetensors",
      "  m4fw run pixel7pro.m4img --target pixel7pro-cpu --tensors in.safetensors --out o.safetensors"
    })
final class RunCommand implements Command {
  @Parameters(paramLabel = "MODEL|IMAGE", description = "The model.")
  Path model = Path.of("");

  @Option(
      names = "--tensors",
      required = true,
      paramLabel = "IN",
      description = "The inputs, as safetensors.")
  Path tensors = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description = "Where the outputs go, as safetensors.")
  Path out = Path.of("");

  @Mixin ModelOptions options = new ModelOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (Checkpoint inputs = Checkpoint.open(tensors);
        RunnableModel runnable =
            ModelOpener.open(request(inputs), CacheDirectory.ofUser(), console.progress());
        OutputFile file = OutputFile.create(out);
        TensorRun run = runnable.run(tensors.toString(), inputs.tensors())) {
      List<TensorInfo> outputs = run.outputs().stream().map(TensorRun.Output::info).toList();
      SafetensorsWriter writer = SafetensorsWriter.begin(file, outputs);
      run.outputs().forEach(output -> writer.append(output.info().name(), output.data()));
      writer.finish();
      file.commit();
      report(console, outputs);
    }
  }

  /** Vectors where there are no tokens: projected images, for example. */
  private ModelRequest request(Checkpoint inputs) {
    ModelRequest request = options.request(model);
    boolean vectors =
        inputs.tensors().containsKey("inputs_embeds") && !inputs.tensors().containsKey("input_ids");
    return vectors ? request.withVectors() : request;
  }

  private void report(Console console, List<TensorInfo> outputs) {
    ObjectNode report = Json.object().put("file", out.toString());
    var list = report.putArray("outputs");
    for (TensorInfo output : outputs) {
      ObjectNode node =
          list.addObject().put("name", output.name()).put("dtype", output.dtype().name());
      output.shape().dims().forEach(node.putArray("shape")::add);
      if (!json) {
        console.line("%s %s %s".formatted(output.name(), output.dtype(), output.shape()));
      }
    }
    if (json) {
      console.json(report);
    }
  }
}
