package org.m4fw.graph.tflite;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.checkpoint.Extent;

/**
 * A .tflite file before it is written: graphs that share buffers, each with a signature by which it
 * is called.
 *
 * @param buffers the first is empty; tensors refer to them by their number
 * @param signatures one per way in
 */
public record LiteModel(String description, List<Content> buffers, List<Signature> signatures) {
  public LiteModel {
    buffers = List.copyOf(buffers);
    signatures = List.copyOf(signatures);
  }

  /** The weights that are converted on the way into the file, in the order of the buffers. */
  public List<Content.Stored> converted() {
    return stored().filter(stored -> !stored.isPlain()).toList();
  }

  /** Where the weights are that are in the file as they are, in the order of the buffers. */
  public List<Extent> extents() {
    return stored().filter(Content.Stored::isPlain).map(Content.Stored::extent).toList();
  }

  private Stream<Content.Stored> stored() {
    return buffers.stream()
        .flatMap(content -> content instanceof Content.Stored s ? Stream.of(s) : Stream.empty());
  }

  /** The same with converted weights that are stored as they are wanted. */
  public LiteModel reading(Map<Content.Stored, Extent> forms) {
    return new LiteModel(
        description,
        buffers.stream()
            .map(
                content ->
                    content instanceof Content.Stored stored && forms.containsKey(stored)
                        ? new Content.Stored(
                            requireNonNull(forms.get(stored)), new Conversion.None(), stored.size())
                        : content)
            .toList(),
        signatures);
  }

  /**
   * A graph and how it is called.
   *
   * @param key its name
   * @param inputs the tensors that have to be given, by the names under which they are
   * @param outputs the tensors that it gives
   */
  public record Signature(
      String key,
      List<Tensor> tensors,
      SortedMap<String, Integer> inputs,
      SortedMap<String, Integer> outputs,
      List<Operation> operations) {
    public Signature {
      tensors = List.copyOf(tensors);
      inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
      outputs = Collections.unmodifiableSortedMap(new TreeMap<>(outputs));
      operations = List.copyOf(operations);
    }
  }

  /**
   * A value of a graph.
   *
   * @param shape outermost first
   * @param buffer where its elements are, if it is constant; 0 otherwise
   */
  public record Tensor(
      String name,
      TensorType type,
      List<Integer> shape,
      int buffer,
      Optional<Quantization> quantization) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** The number of elements. */
    public long count() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
  }

  /** What the whole numbers of a tensor stand for. */
  public sealed interface Quantization {
    /**
     * One scale and zero point for the whole tensor, or one for each index of an axis.
     *
     * @param axis where there are several
     */
    record Affine(List<Float> scales, List<Long> zeroPoints, int axis) implements Quantization {
      public Affine {
        scales = List.copyOf(scales);
        zeroPoints = List.copyOf(zeroPoints);
      }
    }

    /**
     * Symmetric blocks along the last axis.
     *
     * @param scales the tensor that holds their scales
     */
    record Blocks(int scales, int size) implements Quantization {}
  }

  /**
   * One step of a graph.
   *
   * @param version of the operator's definition, the lowest that says what is meant
   * @param inputs numbers of tensors; −1 leaves an optional one out
   * @param options fields of the operator's options
   * @param origin the node of the model that it is for
   */
  public record Operation(
      BuiltinOperator operator,
      int version,
      List<Integer> inputs,
      List<Integer> outputs,
      List<Option> options,
      String origin) {
    public Operation {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
      options = List.copyOf(options);
    }
  }

  /** A field of an operator's options, by its place in the schema's table. */
  public sealed interface Option {
    int slot();

    record Flag(int slot, boolean value) implements Option {}

    /** An enumeration of one byte. */
    record Choice(int slot, int value) implements Option {}

    record Whole(int slot, int value) implements Option {}

    record Real(int slot, float value) implements Option {}
  }
}
