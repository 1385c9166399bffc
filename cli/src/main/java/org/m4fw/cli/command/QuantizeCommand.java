package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.TextTable;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.QuantizedCheckpoint;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.ReportJson;
import org.m4fw.quantizer.report.ReportTable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quantize}. */
@CommandLine.Command(
    description = {
      "Writes a quantized checkpoint, which every command takes as a MODEL, and says per weight what"
          + " that cost: signal-to-noise ratio, cosine, largest error, bytes, and why it is stored"
          + " so.",
      "Round to nearest with a search for the scale that makes the least error.",
      "The result keeps its block size, and targets that run another refuse it: jetson-orin-nx takes"
          + " blocks of 64 or 128 only. 'compile' and 'build' take the unquantized MODEL and choose"
          + " what fits each target."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw quantize kjv-llama --scheme int4 --out kjv-llama-int4 --report report.json",
      "  m4fw quantize kjv-llama --scheme int4 --override lm_head=f16 --out q"
    })
final class QuantizeCommand implements Command {
  private static final String CONFIG = "config.json";

  @Parameters(paramLabel = "MODEL", description = "The checkpoint.")
  Path model = Path.of("");

  @Option(
      names = "--scheme",
      required = true,
      paramLabel = "S",
      description = "f32, f16, int8, int4 (= int4-g32), int4-g64 or int4-g128.")
  String scheme = "";

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  Path out = Path.of("");

  @Option(names = "--report", paramLabel = "F", description = "Write the report as JSON, too.")
  Optional<Path> report = Optional.empty();

  @Mixin QuantizationOptions options = new QuantizationOptions();

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Scheme wanted = Scheme.parse("--scheme", scheme);
    OutputGuard.check(out, QuantizeCommand::isOurs);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      Model imported = ModelImporter.importModel(checkpoint);
      WeightPlan plan =
          PlanMaker.plan(
              imported.weights().values(),
              Optional.of(wanted),
              options.overrides(),
              Optional.empty());
      QuantizationReport result =
          QuantizedCheckpoint.write(
              checkpoint,
              imported.weights().values(),
              plan,
              out,
              WeightEncoder.create(),
              console.progress());
      report.ifPresent(file -> OutputFile.write(file, ReportJson.bytes(result)));
      if (json) {
        console.json(ReportJson.node(result));
      } else {
        TextTable table = new TextTable(ReportTable.headings().toArray(String[]::new));
        ReportTable.rows(result).forEach(row -> table.row(row.toArray(String[]::new)));
        table.lines().forEach(console::line);
        if (wanted.encoding() instanceof Encoding.Int4Blocks) {
          console.line("");
          console.line(
              "%s keeps its blocks of %s: targets that run other sizes refuse it"
                  .formatted(out, wanted.encoding().id()));
        }
      }
    }
  }

  private static boolean isOurs(Path directory) {
    Path config = directory.resolve(CONFIG);
    return Files.isRegularFile(config)
        && StrictJson.readObject(config)
            .optionalObject("quantization_config")
            .flatMap(quantization -> quantization.optionalString("quant_method"))
            .filter("m4fw"::equals)
            .isPresent();
  }
}
