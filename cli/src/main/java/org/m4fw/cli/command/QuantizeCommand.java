package org.m4fw.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.m4fw.base.file.FileError;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.TextTable;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.pipeline.CheckpointStage;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;
import org.m4fw.quantizer.QuantizedCheckpoint;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightOutliers;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.method.MethodChoice;
import org.m4fw.quantizer.method.RoundToNearestMethod;
import org.m4fw.quantizer.report.ModelReport;
import org.m4fw.quantizer.report.OutputTable;
import org.m4fw.quantizer.report.PredictionTable;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.ReportJson;
import org.m4fw.quantizer.report.ReportTable;
import org.m4fw.quantizer.report.SweepJson;
import org.m4fw.quantizer.report.SweepReport;
import org.m4fw.quantizer.report.SweepTable;
import org.m4fw.quantizer.report.page.ReportPage;
import org.m4fw.quantizer.report.page.SweepPage;
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
      "With --calibration, layers are rounded so that what they give for this data changes least"
          + " (GPTQ); without, each number to the nearest, with a search for the scale that makes the"
          + " least error. Without --scheme language models get int4 and all other components f16.",
      "With --eval or --tensors both models are run too, and the report says what that changed in"
          + " predictions or outputs.",
      "The result keeps its block size, and targets that run another refuse it: jetson-orin-nx takes"
          + " blocks of 64 or 128 only. 'compile' and 'build' take the unquantized MODEL and choose"
          + " what fits each target."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw quantize kjv-llama --scheme int4 --out kjv-llama-int4 --report report.html",
      "  m4fw quantize kjv-llama --out q --eval eval/kjv_val.json --report report.json",
      "  m4fw quantize whisper --scheme int8 --out q --tensors in.safetensors --json",
      "  m4fw quantize kjv-llama --scheme int4 --override lm_head=f16 --out q",
      "  m4fw quantize kjv-llama --scheme int4 --calibration tokens.json --out q",
      "  m4fw quantize kjv-llama --bits 4.25 --calibration tokens.json --out q",
      "  m4fw quantize llama-7b --budget 3.6GB --out q",
      "  m4fw quantize kjv-llama --sweep --calibration tokens.json --eval eval/kjv_val.json \\",
      "    --report sweep.html"
    })
final class QuantizeCommand implements Command {
  @Parameters(paramLabel = "MODEL", description = "The checkpoint.")
  Path model = Path.of("");

  @Option(
      names = "--scheme",
      paramLabel = "S",
      description =
          "f32, f16, int8, int4 (= int4-g32), int4-g64, int4-g128, or with zero points"
              + " int4-g32-asym, int4-g64-asym, int4-g128-asym (default: int4 for language models,"
              + " f16 for all others).")
  Optional<String> scheme = Optional.empty();

  @Option(
      names = "--scales",
      paramLabel = "HOW",
      description =
          "How rtn finds the scales of four-bit numbers: search (the least squared error) or absmax"
              + " (the largest magnitude alone: faster, and worse; default: search).")
  ScaleChoice scales = ScaleChoice.SEARCH;

  @Option(names = "--out", paramLabel = "DIR", description = "Where it goes.")
  Optional<Path> out = Optional.empty();

  @Option(
      names = "--sweep",
      description =
          "Write no checkpoint, but try block sizes, bits and, with --calibration, methods, and say"
              + " how small and how good each makes the model: measured with --eval or --tensors, as a"
              + " curve in --report.")
  boolean sweep;

  @Option(
      names = "--report",
      paramLabel = "F",
      description =
          "Write the report too: a page with plots if F ends in .html, JSON if not, both into an"
              + " existing directory.")
  Optional<Path> report = Optional.empty();

  @Mixin MeasureOptions measure = new MeasureOptions();

  @Mixin QuantizationOptions options = new QuantizationOptions();

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    measure.tokenFile();
    if (sweep) {
      sweep(console);
      return;
    }
    Path directory = out.orElseThrow(() -> CommandError.OUT_NEEDED.at("", "--out", "a checkpoint"));
    requireOther(directory);
    OutputGuard.check(directory, QuantizedCheckpoint::isIn);
    quantize(console, directory);
  }

  private void quantize(Console console, Path directory) {
    try (Resources resources = new Resources();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      if (checkpoint.onnx().isPresent()) {
        throw CommandError.GRAPH_AND_WEIGHTS.at(model, "");
      }
      checkpoint.notes().forEach(console.progress()::warn);
      Model imported = ModelImporter.importModel(checkpoint);
      Scheme wanted = options.scheme(scheme).orElseGet(() -> Scheme.defaultFor(imported));
      TargetModel.Quantization quantization = options.quantization(Optional.of(wanted), resources);
      requireUsed(quantization.method());
      QuantizationReport weights =
          CheckpointStage.write(
              checkpoint,
              imported,
              quantization,
              CacheDirectory.ofUser(),
              scales,
              directory,
              console.progress());
      report(
          console,
          wanted,
          directory,
          measured(imported, wanted, weights, directory, console.progress()));
    }
  }

  /** A quantized model may be replaced, but not while it is what is read. */
  private void requireOther(Path directory) {
    try {
      if (Files.exists(directory) && Files.exists(model) && Files.isSameFile(directory, model)) {
        throw CommandError.OUT_IS_MODEL.at(directory, "--out");
      }
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  private void sweep(Console console) {
    refuseInSweep(out.isPresent(), "--out");
    refuseInSweep(scheme.isPresent(), "--scheme");
    refuseInSweep(scales != ScaleChoice.SEARCH, "--scales");
    refuseInSweep(options.bits.isPresent(), "--bits");
    refuseInSweep(options.budget.isPresent(), "--budget");
    refuseInSweep(options.smooth.isPresent(), "--smooth");
    refuseInSweep(!options.method.equals(MethodChoice.AUTO), "--method");
    SweepReport result =
        new Sweep(model, options.overrides(), options.calibration, measure).run(console.progress());
    report.ifPresent(
        file ->
            ReportFiles.write(file, () -> SweepJson.bytes(result), () -> SweepPage.bytes(result)));
    if (json) {
      console.json(SweepJson.node(result));
    } else {
      print(console, SweepTable.headings(), SweepTable.rows(result));
    }
  }

  private static void refuseInSweep(boolean given, String option) {
    if (given) {
      throw CommandError.SWEEP_TRIES_ALL.at("", option);
    }
  }

  private void requireUsed(MethodChoice method) {
    boolean plain =
        method.method() instanceof RoundToNearestMethod nearest && nearest.data().isEmpty();
    if (scales != ScaleChoice.SEARCH && !plain) {
      throw CommandError.SCALES_UNUSED.at("", "--scales", method.method().id());
    }
  }

  private ModelReport measured(
      Model imported,
      Scheme wanted,
      QuantizationReport weights,
      Path directory,
      Progress progress) {
    ModelRequest before = ModelRequest.of(model);
    ModelRequest after = ModelRequest.of(directory);
    MeasureOptions.Outputs outputs =
        measure.outputs(before, after, () -> unasked(imported, before, after, progress), progress);
    return new ModelReport(
        String.valueOf(model.toAbsolutePath().normalize().getFileName()),
        wanted.id(),
        weights,
        report.isPresent() || json
            ? WeightOutliers.of(imported.weights().values(), OrderedWork.onAllCores(), progress)
            : new TreeMap<>(),
        measure.predictions(before, after, progress),
        outputs.qualities(),
        outputs.from());
  }

  /** A report on a component that predicts no words says what became of its outputs. */
  private MeasureOptions.Outputs unasked(
      Model imported, ModelRequest before, ModelRequest after, Progress progress) {
    boolean asked = report.isPresent() || json;
    boolean words = imported.parts().keySet().equals(Set.of(Model.DECODER));
    if (!asked || words) {
      return MeasureOptions.Outputs.none();
    }
    return options
        .calibration
        .filter(QuantizeCommand::holdsTensors)
        .map(file -> MeasureOptions.of(before, after, file, progress))
        .orElseGet(() -> MeasureOptions.seeded(before, after, imported, progress));
  }

  private static boolean holdsTensors(Path calibration) {
    try (CalibrationData data = CalibrationData.open(calibration)) {
      return data.tokens().isEmpty();
    }
  }

  private void report(Console console, Scheme wanted, Path directory, ModelReport result) {
    report.ifPresent(
        file ->
            ReportFiles.write(
                file, () -> ReportJson.bytes(result), () -> ReportPage.bytes(result)));
    if (json) {
      console.json(ReportJson.node(result));
      return;
    }
    print(console, ReportTable.headings(), ReportTable.rows(result.weights()));
    result
        .weights()
        .method()
        .ifPresent(used -> console.line("method: %s (%s)".formatted(used.id(), used.why())));
    result
        .predictions()
        .ifPresent(
            predictions -> {
              console.line("");
              print(console, PredictionTable.headings(), PredictionTable.rows(predictions));
            });
    if (!result.outputs().isEmpty()) {
      console.line("");
      print(console, OutputTable.headings(), OutputTable.rows(result.outputs()));
    }
    if (wanted.encoding() instanceof Encoding.Int4Blocks) {
      console.line("");
      console.line(
          "%s keeps its blocks of %s: targets that run other sizes refuse it"
              .formatted(directory, wanted.encoding().id()));
    }
  }

  private static void print(Console console, List<String> headings, List<List<String>> rows) {
    TextTable table = new TextTable(headings.toArray(String[]::new));
    rows.forEach(row -> table.row(row.toArray(String[]::new)));
    table.lines().forEach(console::line);
  }
}
