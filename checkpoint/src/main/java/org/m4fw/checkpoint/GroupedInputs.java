package org.m4fw.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import org.m4fw.checkpoint.packed.GroupedMatrix;
import org.m4fw.checkpoint.packed.GroupedMatrix.Packing;
import org.m4fw.checkpoint.packed.GroupedMatrix.Parts;
import org.m4fw.checkpoint.packed.PackedError;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checkpoints that GPTQ's or AWQ's tools wrote: {@code quantization_config} says how, and {@code
 * NAME.qweight}, {@code .qzeros}, {@code .scales} and {@code .g_idx} stand for {@code NAME.weight}.
 */
final class GroupedInputs {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final String WEIGHT = ".qweight";
  private static final String QUANTIZATION = "quantization_config";
  private static final int MAX_SIZE = 1 << 24;

  private final SortedMap<String, Tensor> tensors;
  private final Packing packing;
  private final int bits;
  private final OptionalGroup group;

  /**
   * Columns per group.
   *
   * @param size −1 for whole rows
   */
  private record OptionalGroup(int size) {
    int of(int columns) {
      return size < 0 ? columns : size;
    }
  }

  private GroupedInputs(
      SortedMap<String, Tensor> tensors, Packing packing, int bits, OptionalGroup group) {
    this.tensors = tensors;
    this.packing = packing;
    this.bits = bits;
    this.group = group;
  }

  /** Whether a configuration says that weights are packed so. */
  static boolean recognizes(Optional<Fields> config) {
    return method(config).isPresent();
  }

  private static Optional<String> method(Optional<Fields> config) {
    return config
        .flatMap(fields -> fields.optionalObject(QUANTIZATION))
        .flatMap(fields -> fields.optionalString("quant_method"))
        .filter(method -> method.equals("gptq") || method.equals("awq"));
  }

  /**
   * Converts all that is packed.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PackedError}
   */
  static Unpacked read(SortedMap<String, Tensor> tensors, Fields config, UnpackedCopies copies) {
    Fields settings = config.object(QUANTIZATION);
    boolean awq = settings.string("quant_method").equals("awq");
    String bitsName = settings.has("w_bit") ? "w_bit" : "bits";
    String groupName = settings.has("q_group_size") ? "q_group_size" : "group_size";
    int bits = (int) settings.integer(bitsName, 1, 64);
    if (bits != 4 && (awq || bits != 8)) {
      throw PackedError.SETTING.at(
          config.file(), QUANTIZATION + "." + bitsName, bits, awq ? "4" : "4 or 8");
    }
    int size = (int) settings.integer(groupName, -1, MAX_SIZE);
    if (size == 0) {
      throw PackedError.SETTING.at(
          config.file(), QUANTIZATION + "." + groupName, size, "-1 or more");
    }
    GroupedInputs inputs =
        new GroupedInputs(
            tensors, packing(config.file(), settings, awq), bits, new OptionalGroup(size));
    ObjectNode document = (ObjectNode) config.node().deepCopy();
    ObjectNode own = JsonNodeFactory.instance.objectNode();
    own.put("quant_method", "m4fw").put("version", 1);
    Unpacked.Builder builder = new Unpacked.Builder(copies, own.putObject("weights"));
    SortedMap<String, Tensor> all = inputs.convert(builder, copies);
    document.set(QUANTIZATION, own);
    return new Unpacked(
        all,
        Optional.of(Fields.of(config.file(), document)),
        builder.notes(settings.string("quant_method")));
  }

  private static Packing packing(String file, Fields settings, boolean awq) {
    String name = awq ? "version" : "checkpoint_format";
    String format =
        settings.optionalString(name).orElse(awq ? "gemm" : "gptq").toLowerCase(Locale.ROOT);
    return switch (format) {
      case "gemm" -> Packing.AWQ;
      case "gptq" -> Packing.GPTQ;
      case "gptq_v2" -> Packing.GPTQ_V2;
      default ->
          throw PackedError.SETTING.at(
              file, QUANTIZATION + "." + name, format, awq ? "gemm" : "gptq or gptq_v2");
    };
  }

  private SortedMap<String, Tensor> convert(Unpacked.Builder builder, UnpackedCopies copies) {
    SortedMap<String, Tensor> kept = new TreeMap<>(tensors);
    for (String name : tensors.keySet()) {
      if (name.endsWith(WEIGHT)) {
        String layer = name.substring(0, name.length() - WEIGHT.length());
        GroupedMatrix matrix = matrix(layer);
        builder.add(layer + ".weight", matrix, false, reason(matrix));
        for (String part : new String[] {WEIGHT, ".qzeros", ".scales", ".g_idx"}) {
          kept.remove(layer + part);
        }
        dropZeros(kept, layer + ".bias");
      }
    }
    kept.putAll(copies.tensors());
    return kept;
  }

  private String reason(GroupedMatrix matrix) {
    if (bits != 4) {
      return "codes of " + bits + " bits";
    }
    return matrix.reordered()
        ? "columns in the order of their activations"
        : "groups that are no blocks of 32, 64 or 128";
  }

  /** GPTQ's tools write a bias for layers that have none. */
  private static void dropZeros(SortedMap<String, Tensor> kept, String name) {
    Tensor bias = kept.get(name);
    if (bias != null && TensorFloats.canRead(bias.dtype())) {
      boolean zero = true;
      for (float value : TensorFloats.all(bias)) {
        zero &= value == 0;
      }
      if (zero) {
        kept.remove(name);
      }
    }
  }

  private GroupedMatrix matrix(String layer) {
    Tensor codes = part(layer + WEIGHT, DType.I32, 2);
    Tensor zeros = part(layer + ".qzeros", DType.I32, 2);
    Tensor scales = part(layer + ".scales", DType.F16, 2);
    int perInteger = 32 / bits;
    boolean awq = packing == Packing.AWQ;
    long columns = codes.shape().dim(0) * (awq ? 1 : perInteger);
    long rows = codes.shape().dim(1) * (awq ? perInteger : 1);
    if (columns < 1
        || rows < 1
        || columns > MAX_SIZE
        || rows > MAX_SIZE
        || rows % perInteger != 0) {
      throw wrong(codes, "a matrix of 1 to 2^24 rows and columns");
    }
    int size = group.of((int) columns);
    long groups = Math.ceilDiv(columns, (long) size);
    require(scales, Shape.of(groups, rows));
    require(zeros, Shape.of(groups, rows / perInteger));
    Parts parts =
        new Parts(
            packing,
            bits,
            (int) rows,
            (int) columns,
            size,
            codes.data(),
            zeros.data(),
            scales.data());
    return new GroupedMatrix(parts, groups(layer, (int) columns, size, (int) groups));
  }

  private int[] groups(String layer, int columns, int size, int groups) {
    int[] found = new int[columns];
    if (!tensors.containsKey(layer + ".g_idx")) {
      Arrays.setAll(found, k -> k / size);
      return found;
    }
    Tensor indices = part(layer + ".g_idx", DType.I32, 1);
    require(indices, Shape.of(columns));
    for (int k = 0; k < columns; k++) {
      found[k] = indices.data().get(I32, 4L * k);
      if (found[k] < 0 || found[k] >= groups) {
        throw PackedError.GROUP.at(
            indices.extent().file(), indices.name(), k, found[k], groups - 1);
      }
    }
    return found;
  }

  private Tensor part(String name, DType dtype, int rank) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      String first =
          tensors.keySet().stream().filter(n -> n.endsWith(WEIGHT)).findFirst().orElse("");
      throw PackedError.MISSING.at(
          Optional.ofNullable(tensors.get(first))
              .map(found -> found.extent().file().toString())
              .orElse(""),
          name.substring(0, name.lastIndexOf('.')),
          name.substring(name.lastIndexOf('.') + 1));
    }
    if (tensor.dtype() != dtype || tensor.shape().rank() != rank) {
      throw wrong(tensor, dtype + " of " + rank + " dimensions");
    }
    return tensor;
  }

  private static void require(Tensor tensor, Shape shape) {
    if (!tensor.shape().equals(shape)) {
      throw wrong(tensor, tensor.dtype() + " " + shape);
    }
  }

  private static RuntimeException wrong(Tensor tensor, String expected) {
    return PackedError.TENSOR.at(
        tensor.extent().file(), tensor.name(), tensor.dtype() + " " + tensor.shape(), expected);
  }
}
