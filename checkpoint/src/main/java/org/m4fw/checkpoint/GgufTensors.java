package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.gguf.GgufFile;
import org.m4fw.checkpoint.gguf.GgufTensor;
import org.m4fw.checkpoint.gguf.GgufType;

/**
 * The tensors of a GGUF file, as slices of it. Quantized weights are refused: quantizing them anew
 * would add one error to another.
 */
final class GgufTensors {
  private GgufTensors() {}

  /**
   * Reads the file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link
   *     org.m4fw.checkpoint.gguf.GgufError}, or with {@link CheckpointError#GGUF_QUANTIZED}
   */
  static SortedMap<String, Tensor> read(MappedFile file) {
    MemorySegment content = file.segment();
    SortedMap<String, GgufTensor> stored = GgufFile.read(file.path(), content).tensors();
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (GgufTensor tensor : stored.values()) {
      DType dtype = dtype(tensor.type()).orElseThrow(() -> quantized(file, stored));
      Extent extent = new Extent(file.path(), tensor.begin(), tensor.byteSize());
      MemorySegment data = content.asSlice(extent.offset(), extent.length());
      tensors.put(
          tensor.name(), new Tensor(tensor.name(), dtype, new Shape(tensor.dims()), extent, data));
    }
    return tensors;
  }

  private static RuntimeException quantized(MappedFile file, SortedMap<String, GgufTensor> stored) {
    SortedSet<String> types = new TreeSet<>();
    long count = 0;
    for (GgufTensor tensor : stored.values()) {
      if (tensor.type().isQuantized()) {
        types.add(tensor.type().name());
        count++;
      }
    }
    return CheckpointError.GGUF_QUANTIZED.at(
        file.path(), "", count, stored.size(), String.join(", ", types));
  }

  private static Optional<DType> dtype(GgufType type) {
    return switch (type) {
      case F32 -> Optional.of(DType.F32);
      case F16 -> Optional.of(DType.F16);
      case BF16 -> Optional.of(DType.BF16);
      case F64 -> Optional.of(DType.F64);
      case I8 -> Optional.of(DType.I8);
      case I16 -> Optional.of(DType.I16);
      case I32 -> Optional.of(DType.I32);
      case I64 -> Optional.of(DType.I64);
      case Q4_0,
          Q4_1,
          Q5_0,
          Q5_1,
          Q8_0,
          Q8_1,
          Q2_K,
          Q3_K,
          Q4_K,
          Q5_K,
          Q6_K,
          Q8_K,
          IQ2_XXS,
          IQ2_XS,
          IQ3_XXS,
          IQ1_S,
          IQ4_NL,
          IQ3_S,
          IQ2_S,
          IQ4_XS,
          IQ1_M,
          TQ1_0,
          TQ2_0,
          MXFP4,
          NVFP4,
          Q1_0 ->
          Optional.empty();
    };
  }
}
