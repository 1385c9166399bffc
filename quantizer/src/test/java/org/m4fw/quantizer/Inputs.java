package org.m4fw.quantizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.Samples;

/** Weights to try things on. */
final class Inputs {
  private Inputs() {}

  /** The trained model of the example. */
  static Path example() {
    return Path.of(System.getProperty("m4fw.root", ".."), "examples", "kjv", "kjv-llama");
  }

  static Path golden(String name) {
    return Path.of(System.getProperty("m4fw.root", ".."), "tests", "fixtures", "goldens", name);
  }

  static java.util.Collection<Weight> weights(Checkpoint checkpoint) {
    return ModelImporter.importModel(checkpoint).weights().values();
  }

  static Weight weight(String name, Weight.Role role, DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = Samples.normal(Math.toIntExact(shape.count()), name.hashCode());
    return new Weight(
        name, role, shape, new Weight.Source.Stored(Samples.tensor(dtype, shape, values)));
  }

  static Weight linear(long outputs, long inputs) {
    return weight("layer.weight", Weight.Role.LINEAR, DType.F16, outputs, inputs);
  }

  static Weight linear(Shape shape, float... values) {
    return new Weight(
        "layer.weight",
        Weight.Role.LINEAR,
        shape,
        new Weight.Source.Stored(Samples.tensor(DType.F32, shape, values)));
  }

  static byte[] bytes(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return mapped.segment().toArray(ValueLayout.JAVA_BYTE);
    }
  }

  static MemorySegment segment(byte[] bytes) {
    MemorySegment segment = Arena.ofAuto().allocate(bytes.length);
    segment.copyFrom(MemorySegment.ofArray(bytes));
    return segment;
  }

  static Tensor tensor(Weight weight) {
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> tensor;
      case Weight.Source.Quantized source -> source.data();
    };
  }
}
