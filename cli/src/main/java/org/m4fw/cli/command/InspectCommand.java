package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.inspect.Inspection;
import org.m4fw.cli.inspect.ModelOptions;
import org.m4fw.graph.importer.ImportOptions;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code inspect}. */
@CommandLine.Command(
    description = {
      "Says what a file or directory is and holds: checkpoint, graph, adapter, image, key, recipe,"
          + " token file. Told by content, never by name.",
      "Of a checkpoint it says, too, what model it is: parts, trained parameters, the operators of"
          + " ONNX that its graphs need, and multiply-accumulates as fvcore counts them in PyTorch."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw inspect kjv-llama",
      "  m4fw inspect imagebind --part imu",
      "  m4fw inspect out/pixel7pro/pixel7pro-1.0.0.m4img --json"
    })
final class InspectCommand implements Command {
  private static final long MOST = 1L << 32;

  @Parameters(paramLabel = "PATH", description = "What to look at.")
  Path path = Path.of("");

  @Option(
      names = "--part",
      paramLabel = "N",
      description = "Of a checkpoint, this part alone; may be repeated.")
  List<String> parts = new ArrayList<>();

  @Option(
      names = "--size",
      paramLabel = "AXIS=N",
      description =
          "Count operations for this size of an input's axis, such as sequence_length=48.")
  Map<String, Long> sizes = new TreeMap<>();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    sizes.forEach(
        (axis, size) -> {
          if (size < 1 || size > MOST) {
            throw CommandError.OUT_OF_RANGE.at("", "--size " + axis, size, "1 to " + MOST);
          }
        });
    ImportOptions imports = new ImportOptions("--part", "", new TreeSet<>(parts), new TreeMap<>());
    Inspection.of(path, new ModelOptions(imports, new TreeMap<>(sizes))).print(console, json);
  }
}
