package org.m4fw.adapter.lora;

import java.util.Optional;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.WeightSlot;

/** A weight of the adapter in the place of the base's, as a graph with a slot for it takes it. */
public record WholeWeight(WeightSlot slot, Tensor stored) implements GraphInput {
  @Override
  public String name() {
    return slot.name();
  }

  @Override
  public Shape shape() {
    return slot.shape();
  }

  @Override
  public Optional<DType> ownType() {
    return Optional.of(
        switch (slot.type()) {
          case FLOAT16 -> DType.F16;
          case BFLOAT16 -> DType.BF16;
          default -> DType.F32;
        });
  }

  @Override
  public float[] values() {
    return TensorFloats.all(stored);
  }
}
