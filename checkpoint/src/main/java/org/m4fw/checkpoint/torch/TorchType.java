package org.m4fw.checkpoint.torch;

import java.util.Arrays;
import java.util.Optional;

/** Element types of PyTorch that have a counterpart among the dtypes of safetensors. */
public enum TorchType {
  FLOAT64(8, "float64", "DoubleStorage"),
  FLOAT32(4, "float32", "FloatStorage"),
  FLOAT16(2, "float16", "HalfStorage"),
  BFLOAT16(2, "bfloat16", "BFloat16Storage"),
  INT64(8, "int64", "LongStorage"),
  INT32(4, "int32", "IntStorage"),
  INT16(2, "int16", "ShortStorage"),
  INT8(1, "int8", "CharStorage"),
  UINT8(1, "uint8", "ByteStorage"),
  BOOL(1, "bool", "BoolStorage"),
  // These came after typed storages were given up; files hold them in untyped ones.
  UINT16(2, "uint16", ""),
  UINT32(4, "uint32", ""),
  UINT64(8, "uint64", ""),
  FLOAT8_E4M3FN(1, "float8_e4m3fn", ""),
  FLOAT8_E5M2(1, "float8_e5m2", "");

  private final int bytes;
  private final String dtype;
  private final String storage;

  TorchType(int bytes, String dtype, String storage) {
    this.bytes = bytes;
    this.dtype = dtype;
    this.storage = storage;
  }

  /** The size of one element. */
  public int bytes() {
    return bytes;
  }

  /** The storage class in module {@code torch}; empty if there is none. */
  String storage() {
    return storage;
  }

  /** By the name in module {@code torch}, such as {@code float16}. */
  static Optional<TorchType> ofDtype(String name) {
    return Arrays.stream(values()).filter(type -> type.dtype.equals(name)).findFirst();
  }

  /** By the storage class in module {@code torch}, such as {@code HalfStorage}. */
  static Optional<TorchType> ofStorage(String name) {
    return name.isEmpty()
        ? Optional.empty()
        : Arrays.stream(values()).filter(type -> type.storage.equals(name)).findFirst();
  }
}
