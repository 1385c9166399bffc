package org.m4fw.tests.lite;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.graph.tflite.TensorType;
import org.m4fw.host.LiteOracle;

/** Runs graphs, whole or operation by operation, with numbers of floating point in and out. */
final class LiteRun {
  private LiteRun() {}

  /** All that the graph computes, by the names of tensors. */
  static SortedMap<String, float[]> all(
      LiteModel model, Path file, SortedMap<String, Tensor> sample) {
    Signature graph = model.signatures().getFirst();
    SortedMap<String, Integer> outputs = new TreeMap<>();
    for (Operation operation : graph.operations()) {
      operation.outputs().forEach(output -> outputs.put("t" + output, output));
    }
    SortedMap<String, float[]> values = new TreeMap<>();
    run(with(model, graph.tensors(), graph.inputs(), outputs, graph.operations()), file, sample)
        .forEach(
            (key, numbers) ->
                values.put(
                    graph.tensors().get(Integer.parseInt(key.substring(1))).name(), numbers));
    graph
        .inputs()
        .forEach(
            (name, tensor) ->
                values.put(
                    graph.tensors().get(tensor).name(), floats(requireNonNull(sample.get(name)))));
    return values;
  }

  /** What the graph gives. */
  static SortedMap<String, float[]> outputs(
      LiteModel model, Path file, boolean delegated, SortedMap<String, Tensor> sample) {
    Signature graph = model.signatures().getFirst();
    Map<String, byte[]> inputs = new HashMap<>();
    graph
        .inputs()
        .forEach(
            (name, tensor) ->
                inputs.put(
                    name,
                    bytes(graph.tensors().get(tensor), floats(requireNonNull(sample.get(name))))));
    return decoded(model, file, delegated, inputs);
  }

  /**
   * What each operation gives by itself from exact inputs, by the names of tensors.
   *
   * @param exact what all tensors should hold
   */
  static SortedMap<String, float[]> alone(
      LiteModel model, Path file, boolean delegated, Map<String, float[]> exact) {
    Signature graph = model.signatures().getFirst();
    List<LiteModel.Tensor> tensors = new ArrayList<>(graph.tensors());
    SortedMap<String, Integer> inputs = new TreeMap<>();
    SortedMap<String, Integer> outputs = new TreeMap<>();
    Map<String, byte[]> given = new HashMap<>();
    List<Operation> operations = new ArrayList<>();
    for (Operation operation : graph.operations()) {
      List<Integer> from = new ArrayList<>();
      for (int input : operation.inputs()) {
        LiteModel.Tensor tensor = graph.tensors().get(input);
        if (tensor.buffer() != 0) {
          from.add(input);
          continue;
        }
        String key = "i" + tensors.size();
        inputs.put(key, tensors.size());
        given.put(key, bytes(tensor, value(exact, tensor.name())));
        from.add(tensors.size());
        tensors.add(tensor);
      }
      int output = operation.outputs().getFirst();
      outputs.put("t" + output, output);
      operations.add(
          new Operation(
              operation.operator(),
              operation.version(),
              from,
              operation.outputs(),
              operation.options(),
              operation.origin()));
    }
    SortedMap<String, float[]> values = new TreeMap<>();
    decoded(with(model, tensors, inputs, outputs, operations), file, delegated, given)
        .forEach(
            (key, numbers) ->
                values.put(tensors.get(Integer.parseInt(key.substring(1))).name(), numbers));
    return values;
  }

  /** The exact numbers of a tensor; another shape or other steps do not change what they are. */
  static float[] value(Map<String, float[]> exact, String name) {
    String known = name;
    while (!exact.containsKey(known)) {
      int dot = known.lastIndexOf('.');
      if (dot < 0) {
        throw new AssertionError("nothing like " + name);
      }
      known = known.substring(0, dot);
    }
    return requireNonNull(exact.get(known));
  }

  /** The ratio of what should be to what is lost, in dB; masked numbers do not count. */
  static double sqnr(float[] expected, float[] found) {
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < expected.length; i++) {
      if (expected[i] > -10_000 && expected[i] < 20_000) {
        double lost = (double) expected[i] - found[i];
        signal += (double) expected[i] * expected[i];
        noise += lost * lost;
      }
    }
    return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  }

  private static LiteModel with(
      LiteModel model,
      List<LiteModel.Tensor> tensors,
      SortedMap<String, Integer> inputs,
      SortedMap<String, Integer> outputs,
      List<Operation> operations) {
    return new LiteModel(
        model.description(),
        model.buffers(),
        List.of(new Signature("main", tensors, inputs, outputs, operations)));
  }

  private static SortedMap<String, float[]> run(
      LiteModel model, Path file, SortedMap<String, Tensor> sample) {
    return outputs(model, file, false, sample);
  }

  private static SortedMap<String, float[]> decoded(
      LiteModel model, Path file, boolean delegated, Map<String, byte[]> inputs) {
    try (OutputFile out = OutputFile.create(file)) {
      LiteWriter.append(model, out);
      out.commit();
    }
    Signature graph = model.signatures().getFirst();
    SortedMap<String, float[]> values = new TreeMap<>();
    LiteOracle.run(file, "main", delegated, inputs)
        .forEach(
            (name, bytes) -> {
              int tensor = requireNonNull(graph.outputs().get(name));
              values.put(name, floats(graph.tensors().get(tensor), bytes));
            });
    return values;
  }

  static float[] floats(Tensor tensor) {
    if (tensor.dtype() != DType.I64) {
      return TensorFloats.all(tensor);
    }
    float[] values = new float[Math.toIntExact(tensor.shape().count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.data().getAtIndex(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, i);
    }
    return values;
  }

  static byte[] bytes(LiteModel.Tensor tensor, float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(tensor.type().bytes(values.length)))
            .order(ByteOrder.LITTLE_ENDIAN);
    Optional<Quantization.Affine> affine = affine(tensor);
    for (float value : values) {
      switch (tensor.type()) {
        case FLOAT32 -> bytes.putFloat(value);
        case INT32 -> bytes.putInt((int) value);
        case INT8 -> {
          Quantization.Affine steps = affine.orElseThrow();
          double whole =
              Math.rint(value / steps.scales().getFirst()) + steps.zeroPoints().getFirst();
          bytes.put((byte) Math.clamp(whole, -128.0, 127.0));
        }
        default -> throw new AssertionError(tensor.type());
      }
    }
    return bytes.array();
  }

  static float[] floats(LiteModel.Tensor tensor, byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean whole = tensor.type() == TensorType.INT8;
    float[] values = new float[whole ? bytes.length : bytes.length / 4];
    Optional<Quantization.Affine> affine = affine(tensor);
    for (int i = 0; i < values.length; i++) {
      if (whole) {
        Quantization.Affine steps = affine.orElseThrow();
        values[i] = (from.get() - steps.zeroPoints().getFirst()) * steps.scales().getFirst();
      } else {
        values[i] = from.getFloat();
      }
    }
    return values;
  }

  private static Optional<Quantization.Affine> affine(LiteModel.Tensor tensor) {
    return tensor.quantization().map(quantization -> (Quantization.Affine) quantization);
  }
}
