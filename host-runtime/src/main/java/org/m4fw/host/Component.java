package org.m4fw.host;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;

/**
 * A graph that takes all its inputs at once and keeps nothing: an encoder, a generator. Results are
 * in F32, or in their own type where that is whole numbers.
 */
public final class Component implements AutoCloseable {
  private final String name;
  private final CompiledModel model;
  private final OnnxSession session;

  private Component(String name, CompiledModel model, OnnxSession session) {
    this.name = name;
    this.model = model;
    this.session = session;
  }

  /** Loads a graph; {@code name} is for messages. */
  public static Component open(String name, CompiledModel model) {
    return new Component(name, model, OnnxSession.open(name, model, Optional.empty()));
  }

  /**
   * Runs.
   *
   * @param file where the inputs are from, for messages
   * @param inputs by name; what is no input is ignored
   * @param arena what the results live in
   */
  public List<Tensor> run(String file, SortedMap<String, Tensor> inputs, Arena arena) {
    Map<String, OnnxTensor> feeds = new HashMap<>();
    try (Arena scratch = Arena.ofConfined()) {
      for (Port port : model.inputs().values()) {
        Tensor tensor = inputs.get(port.name());
        if (tensor == null) {
          throw HostError.MISSING_INPUT.at(
              file, port.name(), String.join(", ", model.inputs().keySet()));
        }
        feeds.put(port.name(), feed(file, port, tensor, scratch));
      }
      try (OrtSession.RunOptions options = session.runOptions();
          OrtSession.Result result =
              session.session().run(feeds, model.outputs().keySet(), options)) {
        List<Tensor> outputs = new ArrayList<>();
        for (String output : model.outputs().keySet()) {
          outputs.add(copy(output, result.get(output).orElseThrow(), arena));
        }
        return outputs;
      }
    } catch (OrtException e) {
      throw OnnxSession.refused(name, e);
    } finally {
      feeds.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor feed(String file, Port port, Tensor tensor, Arena scratch)
      throws OrtException {
    checkShape(file, port, tensor.shape());
    long size = port.type().bytes() * tensor.shape().count();
    ByteBuffer bytes =
        scratch
            .allocate(Math.max(8L, size), 64)
            .asSlice(0, size)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder());
    OnnxJavaType type =
        switch (port.type()) {
          case FLOAT32, FLOAT16 -> putReals(file, port, tensor, bytes);
          case INT64 -> putWholeNumbers(file, port, tensor, bytes);
          default -> throw wrongType(file, port, tensor);
        };
    return OnnxTensor.createTensor(
        session.environment(), bytes.flip(), tensor.shape().toArray(), type);
  }

  private static OnnxJavaType putReals(String file, Port port, Tensor tensor, ByteBuffer bytes) {
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw wrongType(file, port, tensor);
    }
    boolean wide = port.type() == ElementType.FLOAT32;
    for (float value : TensorFloats.all(tensor)) {
      if (wide) {
        bytes.putFloat(value);
      } else {
        bytes.putShort(Float.floatToFloat16(value));
      }
    }
    return wide ? OnnxJavaType.FLOAT : OnnxJavaType.FLOAT16;
  }

  private static OnnxJavaType putWholeNumbers(
      String file, Port port, Tensor tensor, ByteBuffer bytes) {
    for (long i = 0; i < tensor.shape().count(); i++) {
      bytes.putLong(wholeNumber(file, port, tensor, i));
    }
    return OnnxJavaType.INT64;
  }

  private static long wholeNumber(String file, Port port, Tensor tensor, long index) {
    return switch (tensor.dtype()) {
      case I64 ->
          tensor
              .data()
              .get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 8 * index);
      case I32 ->
          tensor
              .data()
              .get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 4 * index);
      default -> throw wrongType(file, port, tensor);
    };
  }

  private static void checkShape(String file, Port port, Shape shape) {
    boolean fits = port.dims().size() == shape.rank();
    for (int axis = 0; fits && axis < shape.rank(); axis++) {
      fits =
          !(port.dims().get(axis) instanceof Port.Dim.Fixed fixed)
              || fixed.size() == shape.dim(axis);
    }
    if (!fits) {
      throw HostError.WRONG_INPUT.at(file, port.name(), shape, port.describe());
    }
  }

  private static RuntimeException wrongType(String file, Port port, Tensor tensor) {
    return HostError.WRONG_INPUT.at(file, port.name(), tensor.dtype(), port.type());
  }

  private Tensor copy(String output, OnnxValue value, Arena arena) throws OrtException {
    if (!(value instanceof OnnxTensor tensor)) {
      throw HostError.WRONG_INPUT.at(name, output, value.getType(), "a tensor");
    }
    TensorInfo info = tensor.getInfo();
    Shape shape = Shape.of(info.getShape());
    DType dtype =
        switch (info.type) {
          case FLOAT, FLOAT16, BFLOAT16 -> DType.F32;
          case INT64 -> DType.I64;
          case INT32 -> DType.I32;
          case BOOL -> DType.BOOL;
          default -> throw HostError.WRONG_INPUT.at(name, output, info.type, "numbers");
        };
    MemorySegment memory = arena.allocate(Math.max(1, shape.count() * dtype.bytes()), 64);
    MemorySegment data = memory.asSlice(0, shape.count() * dtype.bytes());
    if (dtype == DType.F32) {
      data.copyFrom(MemorySegment.ofBuffer(tensor.getFloatBuffer()));
    } else {
      data.copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()));
    }
    return new Tensor(output, dtype, shape, new Extent(Path.of(name), 0, data.byteSize()), data);
  }

  @Override
  public void close() {
    session.close();
  }
}
