package org.m4fw.quantizer;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.file.ResumableDirectory;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.report.IndentedJson;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.WeightReport;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a checkpoint whose weights are stored as a plan says, in a directory like the one it came
 * from:
 *
 * <ul>
 *   <li>{@code model.safetensors}: a tensor of every weight under its name: plain numbers, I8 [N,
 *       K] for {@code int8}, U8 [N, ⌈K/block⌉, block/2] for {@code int4}, and for these two F16
 *       {@code <name>.scales}, [N] or [N, ⌈K/block⌉], for {@code int4-…-asym} also U8 {@code
 *       <name>.zero_points}, [N, ⌈⌈K/block⌉/2⌉]; tensors that the graph does not use, such as the
 *       copy of a tied head, are left out; its metadata name m4fw as the producer;
 *   <li>{@code config.json} with {@code "quantization_config": {"quant_method": "m4fw", "version":
 *       1, "weights": {<name>: {"encoding": "int4-g32", "shape": [N, K]}}}} for the weights that
 *       are not plain; {@code "input_factors": <tensor>} in the entry names F32 [K] by which the
 *       input of the layer is multiplied, as its columns were divided by them;
 *   <li>the tokenizer's and other files that belong to the checkpoint, unchanged.
 * </ul>
 *
 * <p>The graph compiler's importer reads it ({@code QuantizedWeights}).
 */
public final class QuantizedCheckpoint {
  private static final String DATA = "model.safetensors";
  private static final String PRODUCER = "producer";
  private static final String SCALES = ".scales";
  private static final String ZERO_POINTS = ".zero_points";
  private static final String INPUT_FACTORS = ".input_factors";

  private final Checkpoint checkpoint;
  private final WeightPlan plan;
  private final String method;
  private final WeightWriter writer;
  private final SortedMap<String, Weight> weights = new TreeMap<>();

  /** Single numbers, which are no weights of a graph but may decide what it is. */
  private final SortedMap<String, Tensor> numbers = new TreeMap<>();

  private QuantizedCheckpoint(
      Checkpoint checkpoint,
      Collection<Weight> weights,
      WeightPlan plan,
      String method,
      WeightWriter writer) {
    this.checkpoint = checkpoint;
    this.plan = plan;
    this.method = method;
    this.writer = writer;
    weights.forEach(weight -> this.weights.put(weight.name(), weight));
    for (Tensor tensor : checkpoint.tensors().values()) {
      if (tensor.shape().rank() == 0 && !this.weights.containsKey(tensor.name())) {
        numbers.put(tensor.name(), tensor);
      }
    }
  }

  /** Writes the canonical bytes of a weight to their places in a file. */
  private interface WeightWriter {
    WeightReport write(Weight weight, Encoding encoding, OutputFile file, Places places);
  }

  /**
   * Writes the directory from weights that are encoded already, or are when they are asked for; it
   * gets its name only when all of it is written.
   *
   * @param weights those of the checkpoint's graph
   * @param plan for all of them
   * @param directory replaced if it exists
   * @param method what the numbers that it gives depend on besides weights and plan
   * @param encoded what gives the weights
   * @throws org.m4fw.base.problem.ProblemException with a {@link QuantizerError} or a {@link
   *     org.m4fw.base.file.FileError}
   */
  public static QuantizationReport write(
      Checkpoint checkpoint,
      Collection<Weight> weights,
      WeightPlan plan,
      Path directory,
      String method,
      EncodedWeights encoded,
      Progress progress) {
    WeightWriter copy =
        (weight, encoding, file, places) -> {
          WeightStore.Stored stored = encoded.encode(weight, encoding, Layout.CANONICAL);
          copy(stored.weight().data(), file, places.data());
          stored.weight().scales().ifPresent(scales -> copy(scales, file, places.scales()));
          stored.weight().zeroPoints().ifPresent(zero -> copy(zero, file, places.zeroPoints()));
          return stored.report();
        };
    return new QuantizedCheckpoint(checkpoint, weights, plan, method, copy)
        .write(directory, progress);
  }

  private static void copy(Extent extent, OutputFile file, long at) {
    try (MappedFile source = MappedFile.open(extent.file())) {
      WeightEncoder.copy(source.segment().asSlice(extent.offset(), extent.length()), file, at);
    }
  }

  /**
   * Writes the directory, weights straight from the checkpoint; it gets its name only when all of
   * it is written. Where a process was killed on the way, the next goes on after the last weight.
   *
   * @param weights those of the checkpoint's graph
   * @param plan for all of them
   * @param directory replaced if it exists
   * @throws org.m4fw.base.problem.ProblemException with a {@link QuantizerError} or a {@link
   *     org.m4fw.base.file.FileError}
   */
  public static QuantizationReport write(
      Checkpoint checkpoint,
      Collection<Weight> weights,
      WeightPlan plan,
      Path directory,
      WeightEncoder encoder,
      Progress progress) {
    return new QuantizedCheckpoint(checkpoint, weights, plan, encoder.method(), encoder::encode)
        .write(directory, progress);
  }

  /**
   * Whether a directory is one that was written here: the file of its weights says so.
   *
   * @throws org.m4fw.base.problem.ProblemException if that file cannot be read
   */
  public static boolean isIn(Path directory) {
    Path data = directory.resolve(DATA);
    if (!Files.isRegularFile(data)) {
      return false;
    }
    try (MappedFile file = MappedFile.open(data)) {
      return "m4fw".equals(SafetensorsReader.read(file).metadata().get(PRODUCER));
    }
  }

  private QuantizationReport write(Path directory, Progress progress) {
    List<TensorInfo> tensors = declare();
    byte[] header = SafetensorsWriter.header(tensors, Map.of("format", "pt", PRODUCER, "m4fw"));
    try (ResumableDirectory out = ResumableDirectory.open(directory, key(header))) {
      QuantizationReport report = writeWeights(out, header, tensors, progress);
      writeConfig(out.path());
      copyCompanions(out.path());
      out.commit();
      return report;
    }
  }

  /** Of all that the weights depend on: what a killed process wrote is good for no other. */
  private Digest key(byte[] header) {
    SortedMap<String, Object> sources = new TreeMap<>();
    weights.forEach((name, weight) -> sources.put(name, SourceDigests.source(weight)));
    factors().forEach((name, each) -> sources.put(name, Digest.of(each.bytes()).toString()));
    return Digest.of(
        CanonicalJson.bytes(
            CanonicalJson.node(
                Map.of(
                    "header", Digest.of(header).toString(),
                    "method", method,
                    "sources", sources))));
  }

  private QuantizationReport writeWeights(
      ResumableDirectory out, byte[] header, List<TensorInfo> tensors, Progress progress) {
    WrittenWeights written = new WrittenWeights(out);
    List<WeightReport> reports = new ArrayList<>();
    long total = weights.values().stream().mapToLong(Weights::bytes).sum();
    try (OutputFile file = OutputFile.resume(out.path().resolve(DATA));
        Progress.Stage stage = progress.stage("quantize", total)) {
      file.append(header);
      SortedMap<String, Long> offsets = offsets(tensors, file.position());
      for (Weight weight : weights.values()) {
        reports.add(
            written.report(
                weight,
                encoding(weight),
                () -> writer.write(weight, encoding(weight), file, places(weight, offsets))));
        stage.advance(Weights.bytes(weight));
      }
      factors()
          .forEach(
              (name, factors) ->
                  file.write(offsets.getOrDefault(name, 0L), ByteBuffer.wrap(factors.bytes())));
      for (Tensor number : numbers.values()) {
        WeightEncoder.copy(number.data(), file, offsets.getOrDefault(number.name(), 0L));
      }
      written.describe(stage);
      file.commit();
    }
    return QuantizationReport.of(plan, reports);
  }

  private static Places places(Weight weight, SortedMap<String, Long> offsets) {
    String name = weight.name();
    return new Places(
        offsets.getOrDefault(name, 0L),
        offsets.getOrDefault(name + SCALES, 0L),
        offsets.getOrDefault(name + ZERO_POINTS, 0L));
  }

  private Encoding encoding(Weight weight) {
    WeightPlan.Choice choice = plan.choices().get(weight.name());
    if (choice == null) {
      throw new IllegalArgumentException("the plan lacks " + weight.name());
    }
    return choice.encoding();
  }

  /** Wide types first, so that every tensor is aligned to its elements. */
  private List<TensorInfo> declare() {
    List<TensorInfo> tensors = new ArrayList<>();
    for (Weight weight : weights.values()) {
      Shape shape = weight.shape();
      switch (encoding(weight)) {
        case Encoding.Plain(DType dtype) ->
            tensors.add(new TensorInfo(weight.name(), dtype, shape));
        case Encoding.Int8PerChannel int8 -> {
          tensors.add(new TensorInfo(weight.name(), DType.I8, shape));
          tensors.add(scales(weight, Shape.of(shape.dim(0))));
        }
        case Encoding.Int4Blocks int4 -> {
          long rows = shape.dim(0);
          long blocks = int4.blocks(shape);
          tensors.add(
              new TensorInfo(weight.name(), DType.U8, Shape.of(rows, blocks, int4.block() / 2)));
          tensors.add(scales(weight, Shape.of(rows, blocks)));
          if (int4.symmetry() == Symmetry.ASYMMETRIC) {
            tensors.add(
                new TensorInfo(
                    weight.name() + ZERO_POINTS,
                    DType.U8,
                    Shape.of(rows, int4.zeroPointRow(shape))));
          }
        }
      }
    }
    factors()
        .forEach((name, factors) -> tensors.add(new TensorInfo(name, DType.F32, factors.shape())));
    for (Tensor number : numbers.values()) {
      tensors.add(new TensorInfo(number.name(), number.dtype(), number.shape()));
    }
    tensors.sort(
        Comparator.comparingInt((TensorInfo tensor) -> -tensor.dtype().bytes())
            .thenComparing(TensorInfo::name));
    return tensors;
  }

  /** What inputs of layers are multiplied by, by the tensor's name. */
  private SortedMap<String, Literal> factors() {
    SortedMap<String, Literal> factors = new TreeMap<>();
    weights.forEach(
        (name, weight) ->
            weight.inputFactors().ifPresent(each -> factors.put(name + INPUT_FACTORS, each)));
    return factors;
  }

  private static TensorInfo scales(Weight weight, Shape shape) {
    return new TensorInfo(weight.name() + SCALES, DType.F16, shape);
  }

  private static SortedMap<String, Long> offsets(List<TensorInfo> tensors, long start) {
    SortedMap<String, Long> offsets = new TreeMap<>();
    long at = start;
    for (TensorInfo tensor : tensors) {
      offsets.put(tensor.name(), at);
      at += tensor.byteSize();
    }
    return offsets;
  }

  private void writeConfig(Path directory) {
    Optional<Fields> config = checkpoint.config();
    ObjectNode document =
        config.isPresent()
            ? (ObjectNode) config.get().node().deepCopy()
            : JsonNodeFactory.instance.objectNode();
    document.remove("quantization_config");
    ObjectNode quantization = document.putObject("quantization_config");
    quantization.put("quant_method", "m4fw");
    quantization.put("version", 1);
    ObjectNode entries = quantization.putObject("weights");
    for (Weight weight : weights.values()) {
      if (!(encoding(weight) instanceof Encoding.Plain)) {
        ObjectNode entry = entries.putObject(weight.name());
        entry.put("encoding", encoding(weight).id());
        var dims = entry.putArray("shape");
        weight.shape().dims().forEach(dims::add);
        if (weight.inputFactors().isPresent()) {
          entry.put("input_factors", weight.name() + INPUT_FACTORS);
        }
      }
    }
    if (entries.isEmpty()) {
      document.remove("quantization_config");
    }
    // A model that is known by its tensors has a configuration only for what was done to them.
    if (config.isEmpty() && document.isEmpty()) {
      return;
    }
    OutputFile.write(directory.resolve("config.json"), IndentedJson.bytes(document));
  }

  private void copyCompanions(Path directory) {
    Set<Path> held = new TreeSet<>();
    checkpoint.tensors().values().forEach(tensor -> held.add(tensor.extent().file()));
    for (Path file : checkpoint.files()) {
      String name = String.valueOf(file.getFileName());
      if (!held.contains(file)
          && !name.equals("config.json")
          && !name.endsWith(".safetensors")
          && !name.endsWith(".safetensors.index.json")) {
        try (MappedFile source = MappedFile.open(file);
            OutputFile copy = OutputFile.create(directory.resolve(name))) {
          copy.append(source.segment());
          copy.commit();
        }
      }
    }
  }
}
