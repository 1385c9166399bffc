package org.m4fw.graph.importer.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * Brings operators from the version of a file to version 21, which graphs are compiled to. Most
 * changes since 13 only add types or options whose default is the old behaviour; the others are
 * here: rewritten exactly, or refused.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/docs/Changelog.md">what changed</a>
 * @param opset of the file
 */
record Upgrade(String file, long opset, GraphBuilder graph) {
  static final long OLDEST = 13;
  static final long NEWEST = 21;

  /** Applies to one node; changes its attributes and gives its inputs. */
  List<String> apply(
      String name,
      String type,
      SortedMap<String, Attribute> attributes,
      List<String> inputs,
      int outputs) {
    switch (type) {
      case "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceProd",
          "ReduceSumSquare" -> {
        return opset < 18 ? axesAsInput(name, type, attributes, inputs) : inputs;
      }
      case "Split" -> {
        if (opset < 18 && (inputs.size() < 2 || inputs.get(1).isEmpty())) {
          attributes.put("num_outputs", new Attribute.Int(outputs));
        }
      }
      case "GroupNormalization" -> {
        if (opset < 21) {
          throw changed(name, type, "version 21, with a scale for each channel");
        }
      }
      case "GridSample" -> {
        if (opset < 20) {
          throw changed(name, type, "version 20, with other names of modes");
        }
      }
      case "RoiAlign" -> {
        if (opset < 16) {
          throw changed(name, type, "version 16, with another default for coordinates");
        }
      }
      case "BatchNormalization" -> {
        if (outputs != 1) {
          throw changed(name, type + " for training", "one output");
        }
      }
      case "Resize" -> {
        if (opset < 18) {
          throw changed(name, type, "version 18, with axes");
        }
      }
      default -> {}
    }
    return inputs;
  }

  /** Before version 18 the axes were an attribute. */
  private List<String> axesAsInput(
      String name, String type, SortedMap<String, Attribute> attributes, List<String> inputs) {
    if (inputs.size() != 1) {
      throw changed(name, type + " with axes as an input", "version 18");
    }
    if (!(attributes.remove("axes") instanceof Attribute.Ints(List<Long> axes))) {
      return inputs;
    }
    long[] values = axes.stream().mapToLong(Long::longValue).toArray();
    List<String> extended = new ArrayList<>(inputs);
    extended.add(graph.literal(name + ".axes", Literal.int64(values)));
    return extended;
  }

  private RuntimeException changed(String name, String found, String expected) {
    return OnnxImportError.CHANGED_OPERATOR.at(file, name, found, opset, expected);
  }
}
