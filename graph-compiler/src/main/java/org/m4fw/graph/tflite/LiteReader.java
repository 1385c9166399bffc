package org.m4fw.graph.tflite;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;

/**
 * Reads .tflite files as {@link LiteWriter} writes them, whoever wrote them, and checks that they
 * are consistent before anything of them is used. Options of operators are not read.
 */
public final class LiteReader {
  private static final int SCHEMA_VERSION = 3;

  private final String file;
  private final MemorySegment bytes;

  /** The size of what belongs to the model and lies behind these bytes. */
  private final long behind;

  private final FlatTable root;

  private LiteReader(String file, MemorySegment bytes, long behind) {
    this.file = file;
    this.bytes = bytes;
    this.behind = behind;
    this.root = FlatTable.root(file, bytes, "TFL3");
  }

  /**
   * Reads and checks a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteError}
   */
  public static LiteModel read(String file, MemorySegment bytes) {
    return read(file, bytes, 0);
  }

  /**
   * Reads and checks a model whose weights lie in another file, as {@link LiteWriter#appendHead}
   * writes it. Buffers are numbered from the head's first byte on: those that lie at its length or
   * later are in the file of the weights.
   *
   * @param behind the size of that file
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteError}
   */
  public static LiteModel read(String file, MemorySegment head, long behind) {
    LiteModel model = new LiteReader(file, head, behind).model();
    LiteRules.require(file, model);
    return model;
  }

  private record Code(BuiltinOperator operator, int version) {}

  private LiteModel model() {
    if (root.intAt(0, 0) != SCHEMA_VERSION) {
      throw LiteError.INCONSISTENT.at(
          file, "version", root.intAt(0, 0), String.valueOf(SCHEMA_VERSION));
    }
    List<Code> codes = root.tables(1).stream().map(this::code).toList();
    List<FlatTable> graphs = root.tables(2);
    List<Content> buffers = root.tables(4).stream().map(this::buffer).toList();
    List<Signature> signatures = new ArrayList<>();
    for (FlatTable signature : root.tables(7)) {
      int index = signature.intAt(4, 0);
      if (index < 0 || index >= graphs.size()) {
        throw LiteError.INCONSISTENT.at(
            file, "signature", "graph " + index, "one of " + graphs.size());
      }
      signatures.add(signature(signature, graphs.get(index), codes));
    }
    return new LiteModel(root.text(3), buffers, signatures);
  }

  private Code code(FlatTable table) {
    int number = Math.max(table.byteAt(0), table.intAt(3, 0));
    return new Code(
        BuiltinOperator.of(number)
            .orElseThrow(
                () ->
                    LiteError.INCONSISTENT.at(
                        file, "operator codes", number, "an operator that m4fw writes")),
        table.intAt(2, 1));
  }

  private Content buffer(FlatTable table) {
    long offset = table.longAt(1);
    long size = table.longAt(2);
    if (offset == 0) {
      return table.bytes(0);
    }
    long head = bytes.byteSize();
    long end = offset < head ? head : head + behind;
    if (offset < 2 || size < 0 || offset > end - size) {
      throw LiteError.INCONSISTENT.at(
          file,
          "buffers",
          "%s bytes at %s".formatted(size, offset),
          behind == 0
              ? "a range of the file's %s bytes".formatted(head)
              : "a range of the head's %s bytes or of the %s behind it".formatted(head, behind));
    }
    return new Content.Within(offset, size);
  }

  private Signature signature(FlatTable signature, FlatTable graph, List<Code> codes) {
    SortedMap<String, Integer> inputs = map(signature.tables(0));
    SortedMap<String, Integer> outputs = map(signature.tables(1));
    List<Tensor> tensors = graph.tables(0).stream().map(this::tensor).toList();
    List<Operation> operations =
        graph.tables(3).stream().map(table -> operation(table, codes)).toList();
    requireSame("inputs", inputs, graph.ints(1));
    requireSame("outputs", outputs, graph.ints(2));
    return new Signature(signature.text(2), tensors, inputs, outputs, operations);
  }

  private void requireSame(String what, SortedMap<String, Integer> named, List<Integer> listed) {
    if (!named.values().stream().sorted().toList().equals(listed.stream().sorted().toList())) {
      throw LiteError.INCONSISTENT.at(
          file, what, "tensors %s".formatted(listed), "those of the signature, " + named);
    }
  }

  private static SortedMap<String, Integer> map(List<FlatTable> entries) {
    SortedMap<String, Integer> tensors = new TreeMap<>();
    for (FlatTable entry : entries) {
      tensors.put(entry.text(0), entry.intAt(1, 0));
    }
    return tensors;
  }

  private Tensor tensor(FlatTable table) {
    String name = table.text(3);
    int number = table.byteAt(1);
    TensorType type =
        TensorType.of(number)
            .orElseThrow(
                () -> LiteError.INCONSISTENT.at(file, name, "type " + number, "a type in use"));
    return new Tensor(
        name,
        type,
        table.ints(0),
        table.intAt(2, 0),
        table.table(4).flatMap(LiteReader::quantization));
  }

  private static Optional<Quantization> quantization(FlatTable table) {
    if (table.byteAt(4) != 0) {
      FlatTable details =
          table.table(5).orElseThrow(() -> table.malformed("details of quantization are missing"));
      return Optional.of(new Quantization.Blocks(details.intAt(0, 0), details.intAt(2, 0)));
    }
    List<Float> scales = table.floats(2);
    return scales.isEmpty()
        ? Optional.empty()
        : Optional.of(new Quantization.Affine(scales, table.longs(3), table.intAt(6, 0)));
  }

  private Operation operation(FlatTable table, List<Code> codes) {
    int index = table.intAt(0, 0);
    if (index < 0 || index >= codes.size()) {
      throw LiteError.INCONSISTENT.at(
          file, "operators", "operator code " + index, "one of " + codes.size());
    }
    Code code = codes.get(index);
    return new Operation(
        code.operator(), code.version(), table.ints(1), table.ints(2), List.of(), "");
  }
}
