package org.m4fw.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolver;
import org.bytedeco.tensorflowlite.BuiltinOpResolverWithoutDefaultDelegates;
import org.bytedeco.tensorflowlite.FlatBufferModel;
import org.bytedeco.tensorflowlite.FlatBufferModelBase;
import org.bytedeco.tensorflowlite.Interpreter;
import org.bytedeco.tensorflowlite.InterpreterBuilder;
import org.bytedeco.tensorflowlite.SignatureRunner;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/** TensorFlow Lite itself, as an independent reader and executor of what is written for it. */
public final class LiteOracle {
  private LiteOracle() {}

  /**
   * Runs one signature.
   *
   * @param delegated with the XNNPACK delegate, or with the plain kernels
   * @param inputs little-endian bytes, by the names of the signature
   * @return the bytes of the outputs, by name
   */
  public static SortedMap<String, byte[]> run(
      Path file, String signature, boolean delegated, Map<String, byte[]> inputs) {
    return inTurn(file, signature, delegated, List.of(inputs)).getFirst();
  }

  /** Runs one signature several times, in one interpreter. */
  public static List<SortedMap<String, byte[]>> inTurn(
      Path file, String signature, boolean delegated, List<? extends Map<String, byte[]>> turns) {
    try (FlatBufferModel model =
            new FlatBufferModel(FlatBufferModelBase.BuildFromFile(file.toString()));
        BuiltinOpResolver resolver =
            delegated ? new BuiltinOpResolver() : new BuiltinOpResolverWithoutDefaultDelegates();
        InterpreterBuilder builder = new InterpreterBuilder(model, resolver);
        Interpreter interpreter = new Interpreter((Pointer) null)) {
      require(!model.isNull(), "the file is no model");
      require(builder.apply(interpreter) == 0, "the model cannot be built");
      SignatureRunner runner = interpreter.GetSignatureRunner(signature);
      require(runner.AllocateTensors() == 0, "tensors cannot be allocated");
      List<SortedMap<String, byte[]>> results = new ArrayList<>();
      for (Map<String, byte[]> inputs : turns) {
        results.add(turn(runner, inputs));
      }
      return results;
    }
  }

  private static SortedMap<String, byte[]> turn(
      SignatureRunner runner, Map<String, byte[]> inputs) {
    for (long i = 0; i < runner.input_size(); i++) {
      String name = runner.input_names().getString(i);
      byte[] bytes = Objects.requireNonNull(inputs.get(name), name);
      TfLiteTensor tensor = runner.input_tensor(name);
      try (BytePointer pointer = new BytePointer(bytes)) {
        require(
            tensorflowlite.TfLiteTensorCopyFromBuffer(tensor, pointer, bytes.length) == 0,
            "%s: %s bytes, not %s".formatted(name, bytes.length, tensor.bytes()));
      }
    }
    require(runner.Invoke() == 0, "the model cannot be run");
    SortedMap<String, byte[]> outputs = new TreeMap<>();
    for (long i = 0; i < runner.output_size(); i++) {
      String name = runner.output_names().getString(i);
      TfLiteTensor tensor = runner.output_tensor(name);
      byte[] bytes = new byte[(int) tensor.bytes()];
      try (BytePointer pointer = new BytePointer(bytes.length)) {
        tensorflowlite.TfLiteTensorCopyToBuffer(tensor, pointer, bytes.length);
        pointer.get(bytes);
      }
      outputs.put(name, bytes);
    }
    return outputs;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
