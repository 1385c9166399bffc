package org.m4fw.checkpoint.onnx;

import java.util.List;
import java.util.OptionalLong;

/**
 * An initializer.
 *
 * @param dims outermost first; their product times the size of an element fits in 63 bits
 */
public record OnnxTensor(String name, OnnxType type, List<Long> dims, Data data) {
  public OnnxTensor {
    dims = List.copyOf(dims);
  }

  /** Of all elements. */
  public long byteSize() {
    return dims.stream().mapToLong(Long::longValue).reduce(type.bytes(), (a, b) -> a * b);
  }

  /** Where the elements are. */
  public sealed interface Data {
    /** Little-endian in the file itself, as many as the shape needs. */
    record Inline(long offset) implements Data {}

    /** Written as integers of varying length in the file, decoded; few. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Decoded(byte[] bytes) implements Data {}

    /**
     * Little-endian in a file beside the graph.
     *
     * @param location relative to the directory of the graph, not checked yet
     * @param length as the file says it, which need not be what the shape needs
     */
    record External(String location, long offset, OptionalLong length) implements Data {}
  }
}
