package org.m4fw.adapter.carry;

import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** The weights of a base as matrices, one at a time. */
final class BaseWeights {
  private final Checkpoint checkpoint;

  BaseWeights(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /** Where they are from, for messages. */
  String name() {
    return checkpoint.directory().toString();
  }

  /** The weight of a layer [out, in]. */
  DMatrixRMaj layer(String point) {
    return matrix(point + ".weight");
  }

  /** A weight [rows, columns]; a vector is one row. */
  DMatrixRMaj matrix(String name) {
    Tensor tensor =
        Optional.ofNullable(checkpoint.tensors().get(name))
            .orElseThrow(() -> CarryError.NO_WEIGHT.at(name(), name, "the checkpoint", name));
    float[] values = TensorFloats.all(tensor);
    int columns = Math.toIntExact(tensor.shape().dim(tensor.shape().rank() - 1));
    DMatrixRMaj matrix = new DMatrixRMaj(values.length / columns, columns);
    for (int i = 0; i < values.length; i++) {
      matrix.data[i] = values[i];
    }
    return matrix;
  }

  /** Whether a layer has a weight [out, in] of its own. */
  boolean isMatrix(String point, long out, long in) {
    return Optional.ofNullable(checkpoint.tensors().get(point + ".weight"))
        .filter(tensor -> tensor.shape().equals(Shape.of(out, in)))
        .isPresent();
  }

  boolean has(String name) {
    return checkpoint.tensors().containsKey(name);
  }
}
