package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.ImageTask;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.TensorRun;
import org.m4fw.host.path.Question;
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
          + " unless --scheme or --target say otherwise.",
      "With --task, asks an image instead, by one of its paths: text, image, sound or movement in;"
          + " text, a label, speech or an image out."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw run llama --tensors in.safetensors --out out.safetensors",
      "  m4fw run pixel7pro.m4img --target pixel7pro-cpu --tensors in.safetensors --out o.safetensors",
      "  m4fw run phone.m4img --task ask-image --image cat.png --text \"What is this?\"",
      "  m4fw run phone.m4img --task activity --imu window.csv --label walking --label sitting",
      "  m4fw run phone.m4img --task speak --text \"Good morning.\" --out morning.wav"
    })
final class RunCommand implements Command {
  @Parameters(paramLabel = "MODEL|IMAGE", description = "The model.")
  Path model = Path.of("");

  @Option(names = "--tensors", paramLabel = "IN", description = "The inputs, as safetensors.")
  Optional<Path> tensors = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "OUT",
      description =
          "Where the outputs go, as safetensors; of a task, where speech (WAV) or an image (PNG)"
              + " goes.")
  Optional<Path> out = Optional.empty();

  @Mixin TaskOptions asked = new TaskOptions();

  @Mixin ModelOptions options = new ModelOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (asked.task.isPresent() == tensors.isPresent()) {
      throw CommandError.TASK_OR_TENSORS.at("", "");
    }
    if (asked.task.isPresent()) {
      ask(console, asked.task.get());
    } else {
      asked.requireNone();
      compute(
          console,
          tensors.orElseThrow(),
          out.orElseThrow(() -> CommandError.OUT_NEEDED.at("", "--out", "a safetensors file")));
    }
  }

  private void ask(Console console, String name) {
    if (options.scheme.isPresent() || options.component.isPresent()) {
      throw CommandError.NOT_OF_A_TASK.at(
          "", options.scheme.isPresent() ? "--scheme" : "--component");
    }
    Question question = asked.question();
    try (ImageTask task = open(name)) {
      TaskReport report = new TaskReport(console, json, out);
      report.requireOut(task.path());
      asked.requireUse(task.path());
      TaskReport.sayOpened(task, console.progress());
      report.print(task, task.ask(question, console.progress()));
    }
  }

  private ImageTask open(String name) {
    return ImageTask.open(
        model,
        name,
        options.target,
        options.adapter,
        options.alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty()));
  }

  private void compute(Console console, Path in, Path target) {
    try (Checkpoint inputs = Checkpoint.open(in);
        RunnableModel runnable =
            ModelOpener.open(request(inputs), CacheDirectory.ofUser(), console.progress());
        OutputFile file = OutputFile.create(target);
        TensorRun run = runnable.run(in.toString(), inputs.tensors())) {
      List<TensorInfo> outputs = run.outputs().stream().map(TensorRun.Output::info).toList();
      SafetensorsWriter writer = SafetensorsWriter.begin(file, outputs);
      run.outputs().forEach(output -> writer.append(output.info().name(), output.data()));
      writer.finish();
      file.commit();
      report(console, target, outputs);
    }
  }

  /** Vectors where there are no tokens: projected images, for example. */
  private ModelRequest request(Checkpoint inputs) {
    ModelRequest request = options.request(model);
    boolean vectors =
        inputs.tensors().containsKey("inputs_embeds") && !inputs.tensors().containsKey("input_ids");
    return vectors ? request.withVectors() : request;
  }

  private void report(Console console, Path target, List<TensorInfo> outputs) {
    ObjectNode report = Json.object().put("file", target.toString());
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
