package org.m4fw.quantizer.gptq;

import org.ejml.data.DMatrixRMaj;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.quantizer.Rounding;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.ScaleSign;

/** GPTQ for the weights of layers that read one input. */
public final class GptqRounding implements Rounding {
  /** Raised whenever the same input would give other bytes. */
  public static final int VERSION = 1;

  /** For each pair of inputs: the moments, and the matrices that are needed to invert them. */
  private static final long BYTES_PER_PAIR = 80;

  /** What everything else may need. */
  private static final long OTHERS = 128L << 20;

  private final String key;
  private final Curvature curvature;

  /**
   * A rounding.
   *
   * @param key what the moments depend on, and the weight's name
   * @param curve of the layer's input
   */
  public GptqRounding(String key, Curve curve) {
    this.key = key;
    this.curvature = curve.curvature();
  }

  /** What rounding has to know of the input of layers; large, and the same for all that read it. */
  public static final class Curve {
    private final Curvature curvature;

    private Curve(Curvature curvature) {
      this.curvature = curvature;
    }

    private Curvature curvature() {
      return curvature;
    }
  }

  /**
   * From the moments of an input.
   *
   * @param gram the mean of x·xᵀ, [K, K]
   * @param shift the mean of (x₀ − x)·xᵀ, with x₀ the input in the unquantized model
   */
  public static Curve curve(DMatrixRMaj gram, DMatrixRMaj shift) {
    return new Curve(Curvature.of(gram, shift));
  }

  /** The memory, in bytes, in which layers of so many inputs can be rounded. */
  public static long memory(long width) {
    return OTHERS + BYTES_PER_PAIR * width * width;
  }

  /** The widest input for which a memory of so many bytes is enough. */
  public static int widest(long memory) {
    return (int) Math.min(Math.sqrt(Math.max(0, memory - OTHERS) / (double) BYTES_PER_PAIR), 1e6);
  }

  /** Whether there is GPTQ for an encoding. */
  public static boolean takes(Encoding encoding) {
    return switch (encoding) {
      case Encoding.Plain plain -> false;
      case Encoding.Int8PerChannel int8 -> true;
      case Encoding.Int4Blocks int4 -> int4.symmetry() == Symmetry.SYMMETRIC;
    };
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public RowEncoder encoder(Encoding encoding) {
    return new GptqEncoder(curvature, grid(encoding));
  }

  private Grid grid(Encoding encoding) {
    return switch (encoding) {
      case Encoding.Int8PerChannel int8 ->
          new Grid(curvature.width(), -127, 127, ScaleSign.POSITIVE);
      case Encoding.Int4Blocks int4 -> new Grid(int4.block(), -8, 7, RowEncoder.signOf(int4));
      case Encoding.Plain plain -> throw new IllegalArgumentException("nothing to round");
    };
  }

  @Override
  public int pieceElements() {
    return RowSolver.ROWS * curvature.width();
  }
}
