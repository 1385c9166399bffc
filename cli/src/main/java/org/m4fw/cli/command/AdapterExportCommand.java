package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.peft.PeftWriter;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.adapter.LiteSlots;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.pipeline.InterfaceSource;
import org.m4fw.image.ImageFile;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter export}. */
@CommandLine.Command(
    description = {
      "Writes the adapter of a package for others: a directory that PEFT loads, to go on training or"
          + " to run it elsewhere.",
      "With --image, the .onnx_adapter file for a graph of that image, as ONNX Runtime takes it: the"
          + " names, types and shapes of its matrices are those of the graph's inputs, or nothing is"
          + " written.",
      "With --graph, its matrices as a .tflite file that was compiled with --adapter-rank takes them:"
          + " safetensors by the names of its inputs, in its rank and types. Inputs that are not there"
          + " take zeros."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter export licence.m4adapter --out licence-lora",
      "  m4fw adapter export licence.m4adapter --image pixel7pro.m4img --target pixel7pro-cpu --out"
          + " licence.onnx_adapter",
      "  m4fw adapter export licence.m4adapter --graph compiled/decoder.pixel7pro-gpu.tflite --out"
          + " licence.safetensors"
    })
final class AdapterExportCommand implements Command {
  @Parameters(paramLabel = "PACKAGE", description = "The package.")
  Path packaged = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "PATH",
      description = "The directory, or with --image or --graph the file, to write.")
  Path out = Path.of("");

  @Option(
      names = "--image",
      paramLabel = "IMG",
      description = "Write it for a graph of this image.")
  Optional<Path> image = Optional.empty();

  @Option(names = "--graph", paramLabel = "F", description = "Write it for this .tflite file.")
  Optional<Path> graph = Optional.empty();

  @Option(
      names = "--target",
      paramLabel = "T",
      description = "The target whose graph is meant (default: the image's first one).")
  Optional<String> target = Optional.empty();

  @Option(
      names = "--part",
      paramLabel = "P",
      description = "Which graph, where the component has several that take the adapter.")
  Optional<String> part = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (OpenAdapter open = Adapters.open(packaged, OptionalDouble.empty())) {
      AdapterPackage found =
          open.packaged().orElseThrow(() -> CommandError.NOT_A_PACKAGE.at(packaged, ""));
      if (image.isPresent() && graph.isPresent()) {
        throw CommandError.OUT_OF_RANGE.at("", "--graph", "--image as well", "one of them");
      }
      if (image.isPresent()) {
        file(console, open, found, image.get());
      } else if (graph.isPresent()) {
        matrices(console, found, graph.get());
      } else {
        directory(console, found);
      }
    }
  }

  private void directory(Console console, AdapterPackage found) {
    target.ifPresent(name -> imageMissing("--target"));
    part.ifPresent(name -> imageMissing("--part"));
    OutputGuard.check(out, directory -> false);
    try (OutputDirectory directory = OutputDirectory.create(out)) {
      switch (found.payload()) {
        case PackagePayload.Lora(LoraAdapter lora) -> PeftWriter.write(lora, directory.path());
        case PackagePayload.Prompt(SoftPrompt prompt) -> PeftWriter.write(prompt, directory.path());
      }
      directory.commit();
    }
    report(console, found, "peft", Optional.empty());
  }

  private void matrices(Console console, AdapterPackage found, Path against) {
    target.ifPresent(name -> imageMissing("--target"));
    part.ifPresent(name -> imageMissing("--part"));
    LiteForm form = LiteForm.of(packaged.toString(), found.lora(), LiteSlots.of(against));
    try (OutputFile file = OutputFile.create(out)) {
      form.parts().forEach(file::append);
      file.commit();
    }
    report(console, found, "lite", Optional.of(against.toString()));
  }

  private static void imageMissing(String option) {
    throw CommandError.IMAGE_MISSING.at("", option);
  }

  private void file(Console console, OpenAdapter open, AdapterPackage found, Path against) {
    ModelRequest request;
    try (ImageFile base = ImageFile.open(against)) {
      String component = InterfaceSource.component(base, found.content().base().interfaceId());
      InterfaceRecord offered = InterfaceSource.offer(base, component);
      RequiredFit.check(
          packaged, offered, open.decide(offered, Evidence.of(Optional.of(base.imageId()))));
      request =
          new ModelRequest(
              against,
              Optional.of(component),
              Optional.empty(),
              target,
              Optional.of(packaged),
              OptionalDouble.empty(),
              false);
    }
    try (RunnableModel model =
        ModelOpener.open(request, CacheDirectory.ofUser(), console.progress())) {
      SequencedMap<String, byte[]> files = model.adapterFiles().files();
      String chosen = chosen(against, files);
      byte[] bytes = files.getOrDefault(chosen, new byte[0]);
      OutputFile.write(out, bytes);
      report(console, found, "onnx_adapter", Optional.of(chosen));
    }
  }

  private String chosen(Path against, SequencedMap<String, byte[]> files) {
    if (files.isEmpty()) {
      throw CommandError.NO_ADAPTER_FILE.at(packaged, "");
    }
    String parts = String.join(", ", files.keySet());
    if (part.isPresent() && !files.containsKey(part.get())) {
      throw CommandError.NO_SUCH_PART.at(against, part.get(), parts);
    }
    if (part.isEmpty() && files.size() != 1) {
      throw CommandError.PART_NEEDED.at(against, "", parts);
    }
    return part.orElseGet(() -> files.firstEntry().getKey());
  }

  private void report(
      Console console, AdapterPackage found, String format, Optional<String> graph) {
    if (json) {
      ObjectNode report = Json.object().put("path", out.toString());
      report.put("id", found.id()).put("version", found.version());
      report.put("format", format);
      graph.ifPresent(name -> report.put(format.equals("lite") ? "graph" : "part", name));
      console.json(report);
    } else {
      console.line(
          "%s: %s %s for %s"
              .formatted(
                  out,
                  found.id(),
                  found.version(),
                  graph.map(name -> "the graph '%s'".formatted(name)).orElse("PEFT")));
    }
  }
}
