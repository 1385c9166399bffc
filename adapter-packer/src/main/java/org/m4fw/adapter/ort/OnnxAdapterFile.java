package org.m4fw.adapter.ort;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import org.m4fw.adapter.lora.GraphInput;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.checkpoint.DType;

/**
 * Writes ONNX Runtime's adapter file, a FlatBuffer with identifier {@code TORT}:
 *
 * <pre>
 * table Parameter { name: string; dims: [int64]; data_type: int32; raw_data: [uint8] (force_align: 8); }
 * table Adapter { format_version: int32; adapter_version: int32; model_version: int32; parameters: [Parameter]; }
 * </pre>
 *
 * {@code data_type} is ONNX's number. The two other versions are free numbers that nobody checks:
 * always 1 here, as identity and compatibility are the package's matter.
 *
 * @see <a
 *     href="https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/lora/adapter_format/adapter_schema.fbs">the
 *     schema</a>
 */
public final class OnnxAdapterFile {
  static final String IDENTIFIER = "TORT";
  static final int FORMAT_VERSION = 1;
  static final int FLOAT = 1;
  static final int FLOAT16 = 10;
  static final int BFLOAT16 = 16;

  /** FlatBuffers address with signed 32-bit offsets. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1L << 20);

  private OnnxAdapterFile() {}

  /**
   * The bytes of the file.
   *
   * @param name for messages
   * @param inputs in the order in which they are written
   * @param dtype F32 or F16, that of the graph's inputs where they do not say their own
   * @throws org.m4fw.base.problem.ProblemException with {@link LoraError#F16_OVERFLOW} or {@link
   *     OnnxAdapterError#TOO_LARGE}
   */
  public static byte[] bytes(String name, List<? extends GraphInput> inputs, DType dtype) {
    if (dtype != DType.F32 && dtype != DType.F16) {
      throw new IllegalArgumentException("no arithmetic in " + dtype);
    }
    long size = 1024;
    for (GraphInput input : inputs) {
      size += input.shape().count() * DType.F32.bytes() + 4L * input.name().length() + 128;
    }
    if (size > MAX_BYTES) {
      throw OnnxAdapterError.TOO_LARGE.at(name, "", size, MAX_BYTES);
    }
    FlatBufferBuilder builder = new FlatBufferBuilder((int) size);
    int[] parameters = new int[inputs.size()];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = parameter(builder, inputs.get(i), inputs.get(i).ownType().orElse(dtype));
    }
    builder.startVector(4, parameters.length, 4);
    for (int i = parameters.length - 1; i >= 0; i--) {
      builder.addOffset(parameters[i]);
    }
    int vector = builder.endVector();
    builder.startTable(4);
    builder.addInt(0, FORMAT_VERSION, 0);
    builder.addInt(1, 1, 0);
    builder.addInt(2, 1, 0);
    builder.addOffset(3, vector, 0);
    builder.finish(builder.endTable(), IDENTIFIER);
    return builder.sizedByteArray();
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case F32 -> FLOAT;
      case F16 -> FLOAT16;
      case BF16 -> BFLOAT16;
      default -> throw new IllegalArgumentException("no adapter inputs of type " + dtype);
    };
  }

  private static int parameter(FlatBufferBuilder builder, GraphInput input, DType dtype) {
    int name = builder.createString(input.name());
    builder.startVector(8, input.shape().rank(), 8);
    for (int axis = input.shape().rank() - 1; axis >= 0; axis--) {
      builder.addLong(input.shape().dim(axis));
    }
    int dims = builder.endVector();
    int data = data(builder, input, dtype);
    builder.startTable(4);
    builder.addOffset(0, name, 0);
    builder.addOffset(1, dims, 0);
    builder.addInt(2, type(dtype), 0);
    builder.addOffset(3, data, 0);
    return builder.endTable();
  }

  private static int data(FlatBufferBuilder builder, GraphInput input, DType dtype) {
    float[] values = input.values();
    ByteBuffer raw = builder.createUnintializedVector(1, values.length * dtype.bytes(), 8);
    switch (dtype) {
      case F32 -> raw.asFloatBuffer().put(values);
      case BF16 -> raw.asShortBuffer().put(upperHalves(values));
      default -> raw.asShortBuffer().put(halves(input, values));
    }
    return builder.endVector();
  }

  /** BF16, rounded to the nearest, ties to even; all values are finite. */
  private static short[] upperHalves(float[] values) {
    short[] halves = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      halves[i] = (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
    return halves;
  }

  private static short[] halves(GraphInput input, float[] values) {
    short[] halves = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      halves[i] = Float.floatToFloat16(values[i]);
      if (!Float.isFinite(Float.float16ToFloat(halves[i]))) {
        throw LoraError.F16_OVERFLOW.at(
            input.stored().extent().file(), input.stored().name(), i, values[i]);
      }
    }
    return halves;
  }
}
