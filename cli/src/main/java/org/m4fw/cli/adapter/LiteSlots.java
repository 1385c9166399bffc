package org.m4fw.cli.adapter;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.lite.LiteAdapterError;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lite.LiteSlot;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.graph.tflite.LiteReader;
import org.m4fw.graph.tflite.TensorType;

/** What graphs of LiteRT take of adapters. */
public final class LiteSlots {
  private LiteSlots() {}

  /**
   * The inputs for matrices of adapters, by name; all signatures of a file have the same.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteAdapterError} or an error of
   *     the file
   */
  public static SortedMap<String, LiteSlot> of(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return of(file.toString(), LiteReader.read(file.toString(), mapped.segment()));
    }
  }

  /** What graphs of a model will take if they are compiled for this rank, in F32. */
  public static SortedMap<String, LiteSlot> of(Model model, int rank) {
    SortedMap<String, LiteSlot> slots = new TreeMap<>();
    model.parts().values().stream()
        .flatMap(graph -> graph.attachmentPoints().stream())
        .forEach(
            point -> {
              slots.put(point.inputA(), new LiteSlot(point.inputA(), Shape.of(rank, point.in())));
              slots.put(point.inputB(), new LiteSlot(point.inputB(), Shape.of(point.out(), rank)));
            });
    return slots;
  }

  /**
   * The matrices of an adapter as graphs of whole numbers are measured with.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteAdapterError}
   */
  public static SortedMap<String, Tensor> representative(
      Path file, LoraAdapter adapter, Model model, int rank) {
    SortedMap<String, LiteSlot> slots = of(model, rank);
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    LiteForm.balanced(file.toString(), adapter, slots)
        .matrices()
        .forEach(
            (name, data) ->
                tensors.put(
                    name,
                    new Tensor(
                        name,
                        DType.F32,
                        requireNonNull(slots.get(name)).shape(),
                        new Extent(file, 0, data.byteSize()),
                        data)));
    return tensors;
  }

  private static SortedMap<String, LiteSlot> of(String file, LiteModel model) {
    SortedMap<String, LiteSlot> slots = of(file, model.signatures().getFirst());
    for (LiteModel.Signature other : model.signatures()) {
      if (!of(file, other).equals(slots)) {
        throw LiteAdapterError.SIGNATURES_DIFFER.at(
            file, other.key(), model.signatures().getFirst().key());
      }
    }
    if (slots.isEmpty()) {
      throw LiteAdapterError.NO_SLOTS.at(file, "");
    }
    return slots;
  }

  private static SortedMap<String, LiteSlot> of(String file, LiteModel.Signature signature) {
    SortedMap<String, LiteSlot> slots = new TreeMap<>();
    signature.inputs().entrySet().stream()
        .filter(input -> AttachmentPoint.isMatrix(input.getKey()))
        .forEach(
            input ->
                slots.put(
                    input.getKey(),
                    slot(file, input.getKey(), signature.tensors().get(input.getValue()))));
    return slots;
  }

  private static LiteSlot slot(String file, String name, LiteModel.Tensor tensor) {
    List<Long> dims = tensor.shape().stream().map(Integer::longValue).toList();
    if (tensor.type() == TensorType.FLOAT32) {
      return new LiteSlot(name, new Shape(dims));
    }
    if (tensor.type() == TensorType.INT8
        && tensor.quantization().orElse(null)
            instanceof LiteModel.Quantization.Affine(var scales, var zeroPoints, int axis)
        && scales.size() == 1
        && zeroPoints.getFirst() == 0) {
      return new LiteSlot(name, new Shape(dims), Optional.of(scales.getFirst()));
    }
    throw LiteAdapterError.BAD_SLOT.at(
        file, name, tensor.type(), "FLOAT32, or INT8 with one scale and without a zero point");
  }
}
