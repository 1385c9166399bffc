package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.m4fw.graph.ir.ElementType;

/** What the sequences of a batch are fed next: tokens, or vectors in their place. */
sealed interface StepInput {

  /** The name of the graph's input. */
  String name();

  /** How many positions each sequence gets. */
  int count();

  /** What one sequence of the batch is fed. */
  StepInput row(int row);

  /** The tensor for the graph; the memory is the arena's where it is not there yet. */
  OnnxTensor tensor(OrtEnvironment environment, Arena arena, int rows) throws OrtException;

  /**
   * Tokens.
   *
   * @param name of the graph's input
   * @param ids [batch, count], row-major
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Ids(String name, long[] ids, int count) implements StepInput {
    @Override
    public StepInput row(int row) {
      return new Ids(name, Arrays.copyOfRange(ids, row * count, (row + 1) * count), count);
    }

    @Override
    public OnnxTensor tensor(OrtEnvironment environment, Arena arena, int rows)
        throws OrtException {
      return NativeTensor.longs(environment, arena, ids, rows, count);
    }
  }

  /**
   * Vectors.
   *
   * @param elements [batch, count, width] in the graph's arithmetic
   */
  record Vectors(ByteBuffer elements, ElementType type, int count, int width) implements StepInput {
    @Override
    public String name() {
      return Decoder.VECTORS;
    }

    @Override
    public StepInput row(int row) {
      int bytes = type.bytes() * count * width;
      ByteBuffer part = elements.slice(row * bytes, bytes).order(elements.order());
      return new Vectors(part, type, count, width);
    }

    @Override
    public OnnxTensor tensor(OrtEnvironment environment, Arena arena, int rows)
        throws OrtException {
      return NativeTensor.over(environment, elements, type, rows, count, width);
    }
  }
}
