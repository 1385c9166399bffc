package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.torch.StoredTensor;
import org.m4fw.checkpoint.torch.TorchFile;
import org.m4fw.checkpoint.torch.TorchType;

/**
 * The tensors of a PyTorch file. Those whose elements lie in row-major order are slices of the
 * file; the others (transposed matrices, for the most part) are copied into a scratch file, so that
 * their {@link Extent} is as true as any.
 *
 * @param copies the scratch file, open; empty if all tensors are slices
 */
record TorchTensors(SortedMap<String, Tensor> tensors, List<ContiguousCopies> copies) {

  /**
   * Reads the file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link
   *     org.m4fw.checkpoint.torch.TorchError}, or with {@link CheckpointError#COPIES_TOO_LARGE}
   */
  static TorchTensors read(MappedFile file) {
    MemorySegment content = file.segment();
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    List<StoredTensor> scattered = new ArrayList<>();
    for (StoredTensor stored : TorchFile.read(file.path(), content).values()) {
      if (stored.contiguous()) {
        Extent extent = new Extent(file.path(), stored.begin(), stored.byteSize());
        MemorySegment data = content.asSlice(extent.offset(), extent.length());
        tensors.put(stored.name(), tensor(stored, extent, data));
      } else {
        scattered.add(stored);
      }
    }
    if (scattered.isEmpty()) {
      return new TorchTensors(tensors, List.of());
    }
    ContiguousCopies copies = ContiguousCopies.of(file, scattered);
    copies
        .extents()
        .forEach(
            (stored, extent) ->
                tensors.put(stored.name(), tensor(stored, extent, copies.data(extent))));
    return new TorchTensors(tensors, List.of(copies));
  }

  private static Tensor tensor(StoredTensor stored, Extent extent, MemorySegment data) {
    return new Tensor(stored.name(), dtype(stored.type()), new Shape(stored.dims()), extent, data);
  }

  private static DType dtype(TorchType type) {
    return switch (type) {
      case FLOAT64 -> DType.F64;
      case FLOAT32 -> DType.F32;
      case FLOAT16 -> DType.F16;
      case BFLOAT16 -> DType.BF16;
      case INT64 -> DType.I64;
      case INT32 -> DType.I32;
      case INT16 -> DType.I16;
      case INT8 -> DType.I8;
      case UINT8 -> DType.U8;
      case BOOL -> DType.BOOL;
      case UINT16 -> DType.U16;
      case UINT32 -> DType.U32;
      case UINT64 -> DType.U64;
      case FLOAT8_E4M3FN -> DType.F8_E4M3;
      case FLOAT8_E5M2 -> DType.F8_E5M2;
    };
  }
}
