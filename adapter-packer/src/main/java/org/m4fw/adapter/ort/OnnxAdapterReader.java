package org.m4fw.adapter.ort;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/** Reads {@code .onnx_adapter} files ({@link OnnxAdapterFile}) strictly, whoever wrote them. */
public final class OnnxAdapterReader {
  private static final int MAX_RANK = 16;

  private final Path file;
  private final long offset;
  private final FlatBytes bytes;

  private OnnxAdapterReader(Path file, long offset, MemorySegment document) {
    this.file = file;
    this.offset = offset;
    this.bytes = new FlatBytes(file.toString(), document);
  }

  /** Whether bytes begin as such a file does. */
  public static boolean recognises(MemorySegment document) {
    byte[] identifier = OnnxAdapterFile.IDENTIFIER.getBytes(StandardCharsets.US_ASCII);
    return document.byteSize() >= 8
        && MemorySegment.ofArray(identifier).mismatch(document.asSlice(4, 4)) == -1;
  }

  /**
   * The matrices by name, as views of the document.
   *
   * @param offset where the document starts in the file
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxAdapterError}
   */
  public static SortedMap<String, Tensor> read(Path file, long offset, MemorySegment document) {
    if (!recognises(document)) {
      throw OnnxAdapterError.NOT_AN_ADAPTER.at(file, "", "identifier TORT is missing");
    }
    return new OnnxAdapterReader(file, offset, document).parameters();
  }

  private SortedMap<String, Tensor> parameters() {
    long root = bytes.follow(0);
    int version = bytes.int32(bytes.required(root, 0, 4));
    if (version != OnnxAdapterFile.FORMAT_VERSION) {
      throw OnnxAdapterError.VERSION.at(file, "", version, OnnxAdapterFile.FORMAT_VERSION);
    }
    long list = bytes.follow(bytes.required(root, 3, 4));
    int count = bytes.count(list, 4);
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Tensor tensor = parameter(bytes.follow(list + 4 + 4L * i));
      if (tensors.put(tensor.name(), tensor) != null) {
        throw OnnxAdapterError.DUPLICATE_NAME.at(file, tensor.name());
      }
    }
    return Collections.unmodifiableSortedMap(tensors);
  }

  private Tensor parameter(long table) {
    String name = bytes.string(bytes.follow(bytes.required(table, 0, 4)));
    Shape shape = shape(bytes.follow(bytes.required(table, 1, 4)));
    DType dtype = dtype(name, bytes.int32(bytes.required(table, 2, 4)));
    long data = bytes.follow(bytes.required(table, 3, 4));
    int length = bytes.count(data, 1);
    if ((data + 4) % 8 != 0) {
      throw bytes.damaged("the data is not aligned to 8", data + 4);
    }
    if (length % dtype.bytes() != 0 || shape.count() != length / dtype.bytes()) {
      throw OnnxAdapterError.WRONG_LENGTH.at(
          file, name, length, shape, dtype, shape.count() * dtype.bytes());
    }
    return new Tensor(
        name,
        dtype,
        shape,
        new Extent(file, offset + data + 4, length),
        bytes.slice(data + 4, length));
  }

  private Shape shape(long vector) {
    int rank = bytes.count(vector, 8);
    if (rank > MAX_RANK) {
      throw bytes.damaged("a shape has too many dimensions", vector);
    }
    List<Long> dims = new ArrayList<>();
    long count = 1;
    for (int axis = 0; axis < rank; axis++) {
      long dim = bytes.int64(vector + 4 + 8L * axis);
      if (dim < 0 || dim > bytes.size() || count * dim > bytes.size()) {
        throw bytes.damaged("a shape is larger than the file", vector);
      }
      count *= dim;
      dims.add(dim);
    }
    return new Shape(dims);
  }

  private DType dtype(String name, int type) {
    return switch (type) {
      case OnnxAdapterFile.FLOAT -> DType.F32;
      case OnnxAdapterFile.FLOAT16 -> DType.F16;
      case OnnxAdapterFile.BFLOAT16 -> DType.BF16;
      default -> throw OnnxAdapterError.UNKNOWN_TYPE.at(file, name, type);
    };
  }
}
