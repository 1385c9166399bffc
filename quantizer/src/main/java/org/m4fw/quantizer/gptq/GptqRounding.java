package org.m4fw.quantizer.gptq;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.quantizer.Rounding;
import org.m4fw.quantizer.calibration.InputMoments;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.ScaleSign;

/** GPTQ for the weights of layers that read one input. */
public final class GptqRounding implements Rounding {
  /** Raised whenever the same input would give other bytes. */
  public static final int VERSION = 2;

  /** For each pair of inputs: the moments, and the matrices that are needed to invert them. */
  private static final long BYTES_PER_PAIR = 80;

  /** For each pair of inputs, what stays of that when the rows are rounded. */
  private static final long BYTES_KEPT_PER_PAIR = 12;

  /** What everything else may need. */
  private static final long OTHERS = 128L << 20;

  /** Inputs of a segment: a multiple of this, which the largest block is too. */
  private static final int GRAIN = 128;

  private final String key;
  private final List<Curvature> curvatures;

  /**
   * A rounding.
   *
   * @param key what the moments depend on, and the weight's name
   * @param curve of the layer's input
   */
  public GptqRounding(String key, Curve curve) {
    this.key = key;
    this.curvatures = curve.curvatures();
  }

  /** What rounding has to know of the input of layers; large, and the same for all that read it. */
  public static final class Curve {
    private final List<Curvature> curvatures;

    private Curve(List<Curvature> curvatures) {
      this.curvatures = curvatures;
    }

    private List<Curvature> curvatures() {
      return curvatures;
    }
  }

  /** Gives moments of some of the inputs. */
  public interface Moments {
    /**
     * The moments of inputs.
     *
     * @param first the first of them
     * @param width how many
     */
    InputMoments of(int first, int width);
  }

  /**
   * From the moments of an input.
   *
   * @param gram the mean of x·xᵀ, [K, K]
   * @param shift the mean of (x₀ − x)·xᵀ, with x₀ the input in the unquantized model
   */
  public static Curve curve(DMatrixRMaj gram, DMatrixRMaj shift) {
    return new Curve(List.of(Curvature.of(gram, shift)));
  }

  /**
   * From the moments of the segments of a wide input, which are asked for one after the other: what
   * one segment has to do with another is left out, and errors are made up for within each.
   *
   * @param width K
   * @param segment inputs in each but the last, as {@link #segment} gives it
   */
  public static Curve curve(int width, int segment, Moments moments) {
    List<Curvature> curvatures = new ArrayList<>();
    for (int first = 0; first < width; first += segment) {
      InputMoments some = moments.of(first, Math.min(segment, width - first));
      curvatures.add(Curvature.of(some.gram(), some.shift()));
    }
    return new Curve(List.copyOf(curvatures));
  }

  /** The memory, in bytes, in which layers of so many inputs can be rounded in one segment. */
  public static long memory(long width) {
    return OTHERS + BYTES_PER_PAIR * width * width;
  }

  /**
   * How many inputs are treated together in a memory of so many bytes: all, or as many as leave
   * room for what is kept of all segments, evenly; zero if not even the smallest segments fit.
   */
  public static int segment(int width, long memory) {
    if (memory(width) <= memory) {
      return width;
    }
    long left = memory - OTHERS;
    int most = 0;
    for (long each = GRAIN; each < width; each += GRAIN) {
      long kept = BYTES_KEPT_PER_PAIR * each * width;
      if (kept + (BYTES_PER_PAIR - BYTES_KEPT_PER_PAIR) * each * each <= left) {
        most = (int) each;
      }
    }
    if (most == 0) {
      return 0;
    }
    int segments = Math.ceilDiv(width, most);
    return Math.ceilDiv(Math.ceilDiv(width, segments), GRAIN) * GRAIN;
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
    return new GptqEncoder(curvatures, grid(encoding));
  }

  private Grid grid(Encoding encoding) {
    return switch (encoding) {
      case Encoding.Int8PerChannel int8 -> new Grid(width(), -127, 127, ScaleSign.POSITIVE);
      case Encoding.Int4Blocks int4 -> new Grid(int4.block(), -8, 7, RowEncoder.signOf(int4));
      case Encoding.Plain plain -> throw new IllegalArgumentException("nothing to round");
    };
  }

  @Override
  public int pieceElements() {
    return RowSolver.ROWS * width();
  }

  private int width() {
    return curvatures.stream().mapToInt(Curvature::width).sum();
  }
}
