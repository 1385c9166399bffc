package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.onnx.DataFile;
import org.m4fw.checkpoint.onnx.OnnxFile;
import org.m4fw.checkpoint.onnx.OnnxFileError;
import org.m4fw.checkpoint.onnx.OnnxTensor;
import org.m4fw.checkpoint.onnx.OnnxType;

/**
 * The initializers of an ONNX file as tensors: slices of the file itself and of the data files
 * beside it, each of which is mapped once.
 */
final class OnnxInputs {
  private static final int MAX_DATA_FILES = 1000;

  private final MappedFile graph;
  private final Function<Path, MappedFile> mapping;
  private final SortedMap<Path, MappedFile> dataFiles = new TreeMap<>();

  private OnnxInputs(MappedFile graph, Function<Path, MappedFile> mapping) {
    this.graph = graph;
    this.mapping = mapping;
  }

  /**
   * The tensors by name.
   *
   * @param mapping opens a data file
   * @param copies takes numbers that are not stored as an array
   */
  static SortedMap<String, Tensor> tensors(
      MappedFile graph,
      OnnxFile content,
      Function<Path, MappedFile> mapping,
      UnpackedCopies copies) {
    OnnxInputs inputs = new OnnxInputs(graph, mapping);
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (OnnxTensor tensor : content.tensors().values()) {
      DType dtype = dtype(tensor.type());
      switch (tensor.data()) {
        case OnnxTensor.Data.Inline(long offset) ->
            tensors.put(tensor.name(), slice(graph, tensor, dtype, offset));
        case OnnxTensor.Data.Decoded(byte[] bytes) ->
            copies.bytes(new TensorInfo(tensor.name(), dtype, new Shape(tensor.dims())), bytes);
        case OnnxTensor.Data.External external ->
            tensors.put(tensor.name(), inputs.external(tensor, dtype, external));
      }
    }
    tensors.putAll(copies.tensors());
    return tensors;
  }

  private Tensor external(OnnxTensor tensor, DType dtype, OnnxTensor.Data.External external) {
    Path path = DataFile.resolve(graph.path(), tensor.name(), external.location());
    MappedFile file = dataFiles.computeIfAbsent(path, this::map);
    long wanted = tensor.byteSize();
    long length = external.length().orElse(wanted);
    if (length != wanted) {
      throw OnnxFileError.DATA_SIZE.at(graph.path(), tensor.name(), length, tensor.dims(), wanted);
    }
    if (external.offset() > file.size() || length > file.size() - external.offset()) {
      throw OnnxFileError.DATA_OUT_OF_RANGE.at(
          graph.path(), tensor.name(), length, external.offset(), path, file.size());
    }
    return slice(file, tensor, dtype, external.offset());
  }

  private MappedFile map(Path path) {
    if (dataFiles.size() >= MAX_DATA_FILES) {
      throw OnnxFileError.LIMIT.at(graph.path(), "", MAX_DATA_FILES, "data files");
    }
    return mapping.apply(path);
  }

  private static Tensor slice(MappedFile file, OnnxTensor tensor, DType dtype, long offset) {
    Extent extent = new Extent(file.path(), offset, tensor.byteSize());
    MemorySegment data = file.segment().asSlice(offset, extent.length());
    return new Tensor(tensor.name(), dtype, new Shape(tensor.dims()), extent, data);
  }

  private static DType dtype(OnnxType type) {
    return switch (type) {
      case F32 -> DType.F32;
      case U8 -> DType.U8;
      case I8 -> DType.I8;
      case I32 -> DType.I32;
      case I64 -> DType.I64;
      case BOOL -> DType.BOOL;
      case F16 -> DType.F16;
      case F64 -> DType.F64;
      case BF16 -> DType.BF16;
    };
  }
}
