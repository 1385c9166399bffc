package org.m4fw.graph.onnx;

import java.util.function.Function;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.onnx.proto.StringStringEntryProto;
import org.m4fw.graph.onnx.proto.TensorProto;

/**
 * Where an initializer's data are, checked: a plain relative location, a range within the file.
 * Source: ONNX, docs/ExternalData.md.
 */
final class ExternalData {
  private ExternalData() {}

  static Extent read(String file, TensorProto tensor, Function<String, Extent> dataFile) {
    String location = "";
    long offset = 0;
    long length = -1;
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      switch (entry.getKey()) {
        case "location" -> location = entry.getValue();
        case "offset" -> offset = number(file, tensor, entry.getValue());
        case "length" -> length = number(file, tensor, entry.getValue());
        default -> {}
      }
    }
    checkLocation(file, tensor, location);
    Extent whole = dataFile.apply(location);
    if (length < 0) {
      length = whole.length() - offset;
    }
    if (offset > whole.length() || length < 0 || length > whole.length() - offset) {
      throw OnnxError.DATA_OUT_OF_RANGE.at(
          file, tensor.getName(), offset, offset + length, location, whole.length());
    }
    return new Extent(whole.file(), whole.offset() + offset, length);
  }

  private static void checkLocation(String file, TensorProto tensor, String location) {
    boolean safe =
        !location.isEmpty()
            && !location.startsWith("/")
            && location.indexOf('\\') < 0
            && location.indexOf('\0') < 0
            && location.indexOf(':') < 0;
    for (String part : location.split("/", -1)) {
      safe &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
    }
    if (!safe) {
      throw OnnxError.UNSAFE_LOCATION.at(file, tensor.getName(), location);
    }
  }

  private static long number(String file, TensorProto tensor, String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw OnnxError.MALFORMED.at(file, tensor.getName(), "external data at '" + text + "'");
    }
    return Long.parseLong(text);
  }
}
