package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.torch.ArchiveWriter;
import org.m4fw.checkpoint.torch.TorchType;

/** Writes a PyTorch file as a stream, as {@link SafetensorsWriter} does its own. */
public final class TorchWriter implements TensorWriter {
  private final ArchiveWriter archive;

  private TorchWriter(ArchiveWriter archive) {
    this.archive = archive;
  }

  /**
   * Writes all that comes before the elements.
   *
   * @param file receives the archive from its start; the caller commits it
   * @param under the key of an outer dictionary that holds the tensors' one alone; empty if the
   *     file holds the tensors as they are
   * @param tensors in the order in which their bytes will come
   * @throws IllegalArgumentException if PyTorch has no storage for an element type
   */
  public static TorchWriter begin(
      OutputFile file, Optional<String> under, List<TensorInfo> tensors) {
    return new TorchWriter(
        ArchiveWriter.begin(
            file,
            under,
            tensors.stream()
                .map(
                    tensor ->
                        new ArchiveWriter.Declared(
                            tensor.name(), type(tensor.dtype()), tensor.shape().dims()))
                .toList()));
  }

  private static TorchType type(DType dtype) {
    return switch (dtype) {
      case F64 -> TorchType.FLOAT64;
      case F32 -> TorchType.FLOAT32;
      case F16 -> TorchType.FLOAT16;
      case BF16 -> TorchType.BFLOAT16;
      case I64 -> TorchType.INT64;
      case I32 -> TorchType.INT32;
      case I16 -> TorchType.INT16;
      case I8 -> TorchType.INT8;
      case U8 -> TorchType.UINT8;
      case BOOL -> TorchType.BOOL;
      case U16 -> TorchType.UINT16;
      case U32 -> TorchType.UINT32;
      case U64 -> TorchType.UINT64;
      case F8_E4M3 -> TorchType.FLOAT8_E4M3FN;
      case F8_E5M2 -> TorchType.FLOAT8_E5M2;
    };
  }

  @Override
  public void append(MemorySegment piece) {
    archive.append(piece);
  }

  @Override
  public void appendHole() {
    archive.appendHole();
  }

  @Override
  public void finish() {
    archive.finish();
  }
}
