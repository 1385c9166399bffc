package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** Formats of model files, told by their first bytes and never by a suffix. */
enum FileFormat {
  SAFETENSORS,
  SHARD_INDEX,
  TORCH_ZIP,
  TORCH_PICKLE,
  GGUF,
  ONNX,
  UNKNOWN;

  static FileFormat of(MemorySegment file) {
    byte[] start = start(file);
    // First, as a GGUF file may have '{' for the number of its tensors; as the length of a
    // safetensors header these letters are beyond the limit.
    if (startsWith(start, 'G', 'G', 'U', 'F')) {
      return GGUF;
    }
    // As the length of a safetensors header, these bytes are beyond the limit too.
    if (isModelProto(start)) {
      return ONNX;
    }
    if (start.length > 8 && start[8] == '{') {
      return SAFETENSORS;
    }
    if (startsWith(start, 'P', 'K', 3, 4)) {
      return TORCH_ZIP;
    }
    // PROTO with version 2 to 5 begins every pickle that torch.save writes.
    if (start.length >= 2 && start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5) {
      return TORCH_PICKLE;
    }
    // A file cut short within the first bytes is still best explained by the safetensors reader.
    return startsWith(start, '{') ? SHARD_INDEX : isHeaderLength(start) ? SAFETENSORS : UNKNOWN;
  }

  /** The first bytes for a message. */
  static String describe(MemorySegment file) {
    byte[] start = start(file);
    return start.length == 0 ? "nothing, it is empty" : "bytes " + HexFormat.of().formatHex(start);
  }

  private static byte[] start(MemorySegment file) {
    return file.asSlice(0, Math.min(9, file.byteSize())).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Field 1, the version of the format, and then another field of the model. */
  private static boolean isModelProto(byte[] start) {
    return start.length >= 8
        && start[0] == 0x08
        && start[1] >= 3
        && start[1] < 32
        && switch (start[2]) {
          case 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72 -> !isHeaderLength(start);
          default -> false;
        };
  }

  /** A header length below 2^32 leaves zero bytes where text has letters. */
  private static boolean isHeaderLength(byte[] start) {
    for (int i = 4; i < Math.min(8, start.length); i++) {
      if (start[i] != 0) {
        return false;
      }
    }
    return start.length >= 8;
  }

  private static boolean startsWith(byte[] start, int... wanted) {
    if (start.length < wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (start[i] != (byte) wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
