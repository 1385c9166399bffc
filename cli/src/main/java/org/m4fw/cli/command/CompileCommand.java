package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.adapter.LiteSlots;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.TextTable;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.pipeline.CompiledOutput;
import org.m4fw.cli.pipeline.ComponentQuantization;
import org.m4fw.cli.pipeline.LiteRanges;
import org.m4fw.cli.pipeline.LiteSizes;
import org.m4fw.cli.pipeline.LiteTargetModel;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code compile}. */
@CommandLine.Command(
    description = {
      "Writes the graphs of a model for targets, with their weights once, and says for every operator"
          + " where it runs and why.",
      "A target that computes in whole numbers, such as host-int8, gets activations of eight bits"
          + " whose ranges are measured on --calibration. What these would spoil gets sixteen bits or"
          + " stays on the host, and the report says why.",
      "A target that runs LiteRT, such as pixel7pro-gpu, gets .tflite files: sizes are fixed, and each"
          + " --sizes is a signature that shares the weights of the others. What is not the device's"
          + " work, such as looking tokens up, is a graph for the host beside it. With --adapter-rank"
          + " its layers take adapters of up to that rank ('adapter export --graph' writes them); the"
          + " usual ones cost a product of that many rows and columns more at each layer.",
      "One that takes nothing but whole numbers, such as pixel7pro-tpu, gets them in eight bits"
          + " throughout, whatever they cost; the report says what that is. Ranges are measured at the"
          + " sizes of the calibration data; parts that these have no inputs for are left out. They are"
          + " written beside the graphs and can be given again with --ranges, to a compilation for"
          + " other sizes or of the same model in other weights, which then runs nothing.",
      "The directory can be given to run, generate and eval, and to onnxruntime-genai."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw compile kjv-llama --target pixel7pro-cpu --scheme int4 --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-cpu --target jetson-orin-nx --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-cpu --scheme int4 --calibration tokens.json \\",
      "    --out compiled",
      "  m4fw compile kjv-llama --target host-int8 --calibration tokens.json --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-gpu --scheme int4 --out compiled \\",
      "    --sizes sequence_length=64,past_sequence_length=192 \\",
      "    --sizes sequence_length=1,past_sequence_length=255",
      "  m4fw compile kjv-llama --target pixel7pro-gpu --adapter-rank 16 --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-tpu --calibration tokens.json --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-tpu --calibration tokens.json --adapter-rank 16 \\",
      "    --adapter licence.m4adapter --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-tpu --target host-int8 --calibration tokens.json \\",
      "    --smooth 0.5 --out compiled",
      "  m4fw compile kjv-llama --target pixel7pro-tpu --ranges compiled/pixel7pro-tpu.ranges.json \\",
      "    --out again"
    })
final class CompileCommand implements Command {
  @Parameters(paramLabel = "MODEL", description = "The checkpoint.")
  Path model = Path.of("");

  @Option(
      names = "--target",
      required = true,
      paramLabel = "T",
      description = "A target, or a target file; may be repeated.")
  List<String> targets = new ArrayList<>();

  @Option(
      names = "--scheme",
      paramLabel = "S",
      description =
          "f32, f16, int8, int4 (= int4-g32), int4-g64, int4-g128, or with zero points"
              + " int4-g32-asym, int4-g64-asym, int4-g128-asym (default: weights as they are).")
  Optional<String> scheme = Optional.empty();

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  Path out = Path.of("");

  @Option(
      names = "--observer",
      paramLabel = "O",
      description =
          "How ranges of activations follow from the calibration data: minmax, percentile, mse or"
              + " average (default: average; minmax for devices that take nothing but whole"
              + " numbers).")
  Optional<String> observer = Optional.empty();

  @Option(
      names = "--min-sqnr",
      paramLabel = "DB",
      description =
          "What whole numbers have to keep, in dB (default: 25): values and operators that keep less"
              + " get sixteen bits or stay on the host. Where a device takes nothing but eight bits,"
              + " a part whose results keep less is refused (default: none is).")
  Optional<Double> leastRatio = Optional.empty();

  @Option(
      names = "--ranges",
      paramLabel = "F",
      description =
          "Ranges that an earlier compilation measured for a device that takes nothing but whole"
              + " numbers, TARGET.ranges.json; nothing is run then.")
  Optional<Path> rangesFile = Optional.empty();

  @Option(
      names = "--sizes",
      paramLabel = "AXIS=N,…",
      description =
          "Sizes of a bucket, for targets that want them fixed; may be repeated. Axes that are not"
              + " named have their usual sizes: a batch of 1, 512 x 512 pixels, 77 tokens of text; a"
              + " decoder gets a bucket for prompts of 64 and one for single tokens, with a cache for"
              + " 256.")
  List<String> sizes = new ArrayList<>();

  @Option(
      names = "--adapter-rank",
      paramLabel = "N",
      description =
          "Let graphs of LiteRT take adapters of ranks up to N, 1 to 64 (default: they take none)."
              + " Smaller adapters are filled up with zeros, and zeros are none.")
  Optional<Integer> adapterRank = Optional.empty();

  @Option(
      names = "--adapter",
      paramLabel = "F",
      description =
          "An adapter like those that graphs of whole numbers shall take: ranges are measured with it"
              + " and without. The calibration data should hold what it is for, too.")
  Optional<Path> adapter = Optional.empty();

  @Mixin QuantizationOptions options = new QuantizationOptions();

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    List<Target> wanted = targets.stream().distinct().map(Targets::find).toList();
    List<SortedMap<String, Long>> buckets = sizes.stream().map(CompileCommand::bucket).toList();
    OptionalInt rank = adapterRank(wanted);
    requireMeasuring();
    OutputGuard.check(out, CompiledOutput::isOurs);
    try (Resources resources = new Resources();
        Checkpoint checkpoint = Checkpoint.open(model);
        WeightStore store =
            WeightStore.open(CacheDirectory.ofUser().weights(), WeightEncoder.create())) {
      TargetModel.Quantization asked =
          options.quantization(options.scheme(scheme), leastRatio, resources);
      checkpoint.notes().forEach(console.progress()::warn);
      Model imported = ModelImporter.importModel(checkpoint);
      LiteSizes fixed = new LiteSizes(buckets, rank, representative(imported, resources));
      Optional<Observer> ranges = observer.map(id -> Observer.parse("", "--observer", id));
      Optional<LiteRanges> before = rangesFile.map(LiteRanges::read);
      List<TargetModel> models = new ArrayList<>();
      List<LiteTargetModel> lite = new ArrayList<>();
      for (Target target : wanted) {
        TargetModel.Quantization quantization =
            asked.with(ComponentQuantization.observer(target, ranges));
        if (LiteTargetModel.isFor(target)) {
          lite.add(
              LiteTargetModel.make(
                  model.toString(),
                  imported,
                  target,
                  quantization,
                  fixed,
                  before,
                  store,
                  console.progress()));
        } else {
          models.add(
              TargetModel.make(
                  model.toString(), imported, target, quantization, store, console.progress()));
        }
      }
      JsonNode report = CompiledOutput.write(checkpoint, models, lite, out);
      if (json) {
        console.json(report);
      } else {
        print(console, report);
      }
    }
  }

  /** Ranges that are there already have no room for what would be measured with them. */
  private void requireMeasuring() {
    if (rangesFile.isPresent() && leastRatio.isPresent()) {
      throw CommandError.NOTHING_MEASURED.at("", "--min-sqnr");
    }
    if (rangesFile.isPresent() && adapter.isPresent()) {
      throw CommandError.NOTHING_MEASURED.at("", "--adapter");
    }
  }

  private SortedMap<String, Tensor> representative(Model model, Resources resources) {
    if (adapter.isEmpty()) {
      return new TreeMap<>();
    }
    int rank =
        adapterRank.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--adapter-rank"));
    OpenAdapter open = Adapters.open(adapter.get(), OptionalDouble.empty());
    resources.add(open::close);
    return LiteSlots.representative(adapter.get(), open.lora(), model, rank);
  }

  private OptionalInt adapterRank(List<Target> wanted) {
    if (adapterRank.isEmpty()) {
      return OptionalInt.empty();
    }
    int rank = adapterRank.get();
    if (rank < 1 || rank > Interfaces.MAX_RANK) {
      throw CommandError.OUT_OF_RANGE.at("", "--adapter-rank", rank, "1 to " + Interfaces.MAX_RANK);
    }
    if (wanted.stream().noneMatch(LiteTargetModel::isFor)) {
      throw CommandError.OUT_OF_RANGE.at(
          "",
          "--adapter-rank",
          "no target that runs LiteRT",
          "one: graphs of ONNX take every rank");
    }
    return OptionalInt.of(rank);
  }

  private static SortedMap<String, Long> bucket(String text) {
    SortedMap<String, Long> sizes = new TreeMap<>();
    for (String entry : text.split(",", -1)) {
      if (!entry.matches("[a-z_]+=[0-9]{1,9}")) {
        throw CommandError.BAD_SIZES.at("", "--sizes", entry);
      }
      int equals = entry.indexOf('=');
      sizes.put(entry.substring(0, equals), Long.valueOf(entry.substring(equals + 1)));
    }
    return sizes;
  }

  private static void activations(Console console, JsonNode report) {
    if (report.isMissingNode()) {
      return;
    }
    console.line(
        "    in whole numbers: %s of %s operators; ranges by %s, %s samples"
            .formatted(
                report.path("integer_operators").asLong(0),
                report.path("operators").size(),
                report.path("observer").asString(""),
                report.path("samples").asLong(0)));
    for (JsonNode output : report.path("outputs")) {
      if (!output.path("comparable").asBoolean(false)) {
        console.line(
            "    %s: has another shape than in floating point, not comparable"
                .formatted(output.path("name").asString("")));
        continue;
      }
      JsonNode ratio = output.path("sqnr_db");
      console.line(
          "    %s: %s, cosine %s"
              .formatted(
                  output.path("name").asString(""),
                  ratio.isMissingNode() ? "exact" : Amounts.decimal(ratio.asDouble(0), 1) + " dB",
                  Amounts.decimal(output.path("cosine").asDouble(0), 6)));
    }
  }

  private static void signature(Console console, JsonNode graph) {
    if (!graph.path("signature").isMissingNode()) {
      long operations = graph.path("operations").asLong(0);
      long onDevice = graph.path("on_device").asLong(0);
      console.line(
          "    signature %s: %s of %s operations on the device (%s %%), in %s"
              .formatted(
                  graph.path("signature").asString(""),
                  onDevice,
                  operations,
                  Amounts.decimal(operations == 0 ? 100 : 100.0 * onDevice / operations, 1),
                  graph.path("pieces").asLong(0) == 1
                      ? "one piece"
                      : graph.path("pieces").asLong(0) + " pieces"));
    }
  }

  private void print(Console console, JsonNode report) {
    for (JsonNode target : report.path("targets")) {
      console.line(
          "%s: weights %s -> %s"
              .formatted(
                  target.path("target").asString(""),
                  Amounts.bytes(target.path("bytes_before").asLong(0)),
                  Amounts.bytes(target.path("bytes_after").asLong(0))));
      for (JsonNode graph : target.path("graphs")) {
        console.line("  " + out.resolve(graph.path("file").asString("")));
        signature(console, graph);
        activations(console, graph.path("activations"));
        if (!graph.path("engine").isMissingNode()) {
          console.line(
              "    engine: profiles in %s, the command that makes it in report.json"
                  .formatted(graph.path("engine").path("profiles").asString("")));
        }
        TextTable table = new TextTable("", ">", "", "");
        for (JsonNode operator : graph.path("operators")) {
          table.row(
              "    " + operator.path("operator").asString(""),
              String.valueOf(operator.path("count").asLong(0)),
              operator.path("placed").asString(""),
              operator.path("why").asString(""));
        }
        table.lines().forEach(console::line);
      }
    }
    console.line(
        "all weights, equal ones once: " + Amounts.bytes(report.path("weights").asLong(0)));
  }
}
