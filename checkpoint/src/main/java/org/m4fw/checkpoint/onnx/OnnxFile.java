package org.m4fw.checkpoint.onnx;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an ONNX file holds: a {@code ModelProto} ({@code ir_version} 1, {@code graph} 7, {@code
 * opset_import} 8, {@code metadata_props} 14, {@code training_info} 20, {@code functions} 25) with
 * a {@code GraphProto} ({@code node} 1, {@code initializer} 5, {@code input} 11, {@code output} 12,
 * {@code value_info} 13, {@code sparse_initializer} 15) in Protocol Buffers' wire format.
 * Initializers are read here; the rest is handed on in few bytes, bounded in the number of its
 * parts, so that whoever parses it needs little memory whatever the file says.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages</a>
 */
public final class OnnxFile {
  /** What a message of Protocol Buffers can be long at most. */
  private static final long MAX_FILE = Integer.MAX_VALUE;

  /** In bytes, of nodes and ports; the graphs of the largest models have some million. */
  private static final int MAX_GRAPH = 32 << 20;

  private static final int METADATA = 14;

  private static final int MAX_NODES = 100_000;
  private static final int MAX_TENSORS = 100_000;

  /** Of nodes, attributes and tensors in attributes together; each becomes an object. */
  private static final int MAX_PARTS = 2_000_000;

  private final Path file;
  private final SortedMap<String, OnnxTensor> tensors = new TreeMap<>();
  private final ByteArrayOutputStream rest = new ByteArrayOutputStream();
  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
  private boolean graphFound;
  private int nodes;
  private int parts;

  private OnnxFile(Path file) {
    this.file = file;
  }

  /**
   * Reads the file completely, but for the elements of its tensors.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxFileError}
   */
  public static OnnxFile read(Path file, MemorySegment content) {
    if (content.byteSize() > MAX_FILE) {
      throw OnnxFileError.TOO_LARGE.at(file, "", content.byteSize(), MAX_FILE);
    }
    OnnxFile read = new OnnxFile(file);
    read.model(WireBytes.of(file, content));
    return read;
  }

  /**
   * Whether the model carries an entry of metadata under this name.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxFileError} if the file is not
   *     even a message
   */
  public static boolean hasMetadata(Path file, MemorySegment content, String key) {
    WireBytes message = WireBytes.of(file, content);
    while (message.hasMore()) {
      if (message.field() == METADATA && message.isBytes()) {
        WireBytes entry = message.message();
        while (entry.hasMore()) {
          if (entry.field() == 1 && entry.isBytes()) {
            if (entry.text().equals(key)) {
              return true;
            }
          } else {
            entry.skip();
          }
        }
      } else {
        message.skip();
      }
    }
    return false;
  }

  public Path file() {
    return file;
  }

  /** The initializers, by name. */
  public SortedMap<String, OnnxTensor> tensors() {
    return Collections.unmodifiableSortedMap(tensors);
  }

  /**
   * The model as a {@code ModelProto} without initializers, documentation and shapes of inner
   * values.
   */
  public byte[] graph() {
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    model.writeBytes(rest.toByteArray());
    model.write((7 << 3) | WireBytes.BYTES);
    length(model, graph.size());
    model.writeBytes(graph.toByteArray());
    return model.toByteArray();
  }

  private void model(WireBytes message) {
    while (message.hasMore()) {
      long start = message.position();
      switch (message.field()) {
        case 1 -> {
          message.require(WireBytes.VARINT).varint();
          keep(message, rest, start);
        }
        case 7 -> {
          if (graphFound) {
            throw message.problem(OnnxFileError.MALFORMED, "a second graph");
          }
          graphFound = true;
          graph(message.message());
        }
        case 8, METADATA -> {
          message.require(WireBytes.BYTES).skip();
          part(message);
          keep(message, rest, start);
        }
        case 20 -> throw message.problem(OnnxFileError.UNSUPPORTED, "training information");
        case 25 -> throw message.problem(OnnxFileError.UNSUPPORTED, "functions of its own");
        default -> message.skip();
      }
    }
    if (!graphFound) {
      throw OnnxFileError.NO_GRAPH.at(file, "");
    }
  }

  private void graph(WireBytes message) {
    while (message.hasMore()) {
      long start = message.position();
      switch (message.field()) {
        case 1 -> {
          if (++nodes > MAX_NODES) {
            throw message.problem(OnnxFileError.LIMIT, MAX_NODES, "nodes");
          }
          countParts(message.message(), 5, 5);
          keep(message, graph, start);
        }
        case 5 -> initializer(TensorReader.read(file, message.message()), message);
        case 11, 12 -> {
          // A port's type, its shape, its dimensions.
          countParts(message.message(), 2, 1, 2, 1);
          keep(message, graph, start);
        }
        case 15 -> throw message.problem(OnnxFileError.UNSUPPORTED, "sparse initializers");
        default -> message.skip();
      }
    }
  }

  private void initializer(OnnxTensor tensor, WireBytes message) {
    if (tensors.put(tensor.name(), tensor) != null) {
      throw OnnxFileError.DUPLICATE.at(file, tensor.name());
    }
    if (tensors.size() > MAX_TENSORS) {
      throw message.problem(OnnxFileError.LIMIT, MAX_TENSORS, "initializers");
    }
  }

  /** Counts the fields of a message, and of those below it on a path of field numbers. */
  private void countParts(WireBytes message, int... path) {
    while (message.hasMore()) {
      int field = message.field();
      part(message);
      if (path.length > 0 && field == path[0] && message.isBytes()) {
        countParts(message.message(), Arrays.copyOfRange(path, 1, path.length));
      } else {
        message.skip();
      }
    }
  }

  private void part(WireBytes message) {
    if (++parts > MAX_PARTS) {
      throw message.problem(OnnxFileError.LIMIT, MAX_PARTS, "parts of a graph");
    }
  }

  private void keep(WireBytes message, ByteArrayOutputStream into, long start) {
    if (message.position() - start > MAX_GRAPH - graph.size() - rest.size()) {
      throw message.problem(OnnxFileError.LIMIT, MAX_GRAPH, "bytes of a graph");
    }
    into.writeBytes(message.since(start));
  }

  private static void length(ByteArrayOutputStream into, int value) {
    int left = value;
    while (left >= 0x80) {
      into.write((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    into.write(left);
  }
}
