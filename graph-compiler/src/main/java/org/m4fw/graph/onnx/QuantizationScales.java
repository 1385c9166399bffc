package org.m4fw.graph.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;

/** The scales of a compiled graph's quantized weights and activations, wherever they are kept. */
public final class QuantizationScales {
  /** Where an operator has its scales. Source: ONNX 21, and ONNX Runtime's contrib operators. */
  private static final Map<String, Integer> SCALE_INPUT =
      Map.of("DequantizeLinear", 1, "QuantizeLinear", 1, "MatMulNBits", 2);

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final CompiledModel model;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, NodeProto> makers = new HashMap<>();

  private QuantizationScales(CompiledModel model) {
    this.model = model;
    model.skeleton().getGraph().getInitializerList().forEach(t -> initializers.put(t.getName(), t));
    for (NodeProto node : model.skeleton().getGraph().getNodeList()) {
      node.getOutputList().forEach(output -> makers.put(output, node));
    }
  }

  /**
   * The names of the initializers that are scales, sorted; those of them that are computed, not.
   */
  public static SortedSet<String> names(CompiledModel model) {
    return new QuantizationScales(model).find();
  }

  /**
   * The values of scales.
   *
   * @param name one of {@link #names}
   * @param bytes the bytes of an extent
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxError} if they are neither
   *     F32 nor F16
   */
  public static float[] values(
      String file, CompiledModel model, String name, Function<Extent, MemorySegment> bytes) {
    QuantizationScales scales = new QuantizationScales(model);
    TensorProto tensor = scales.initializers.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(name);
    }
    return scales.values(file, tensor, bytes);
  }

  private SortedSet<String> find() {
    SortedSet<String> found = new TreeSet<>();
    for (NodeProto node : model.skeleton().getGraph().getNodeList()) {
      Integer input = SCALE_INPUT.get(node.getOpType());
      if (input != null && input < node.getInputCount()) {
        source(node.getInput(input), found);
      }
    }
    return found;
  }

  /** Scales of tables are gathered and reshaped before they are used. */
  private void source(String value, SortedSet<String> found) {
    String name = value;
    for (int step = 0; step < 8 && !initializers.containsKey(name); step++) {
      NodeProto maker = makers.get(name);
      if (maker == null || maker.getInputCount() == 0) {
        return;
      }
      name = maker.getInput(0);
    }
    TensorProto tensor = initializers.get(name);
    if (tensor != null && isFloat(tensor)) {
      found.add(name);
    }
  }

  private static boolean isFloat(TensorProto tensor) {
    return tensor.getDataType() == ElementType.FLOAT32.onnxNumber()
        || tensor.getDataType() == ElementType.FLOAT16.onnxNumber();
  }

  private float[] values(String file, TensorProto tensor, Function<Extent, MemorySegment> bytes) {
    Extent extent = model.externals().get(tensor.getName());
    if (extent == null && tensor.getRawData().isEmpty()) {
      List<Float> inline = new ArrayList<>(tensor.getFloatDataList());
      float[] values = new float[inline.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = inline.get(i);
      }
      return values;
    }
    MemorySegment raw =
        extent == null
            ? MemorySegment.ofArray(tensor.getRawData().toByteArray())
            : bytes.apply(extent);
    boolean half = tensor.getDataType() == ElementType.FLOAT16.onnxNumber();
    int width = half ? Short.BYTES : Float.BYTES;
    if (raw.byteSize() % width != 0 || raw.byteSize() / width > Integer.MAX_VALUE - 8) {
      throw OnnxError.MALFORMED.at(file, tensor.getName(), raw.byteSize() + " bytes of scales");
    }
    float[] values = new float[(int) (raw.byteSize() / width)];
    for (int i = 0; i < values.length; i++) {
      long at = (long) i * width;
      values[i] =
          half ? Float.float16ToFloat(raw.get(SHORT, at)) : Float.intBitsToFloat(raw.get(INT, at));
    }
    return values;
  }
}
