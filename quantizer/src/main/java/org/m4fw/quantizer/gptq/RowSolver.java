package org.m4fw.quantizer.gptq;

import java.util.Arrays;
import java.util.Optional;

/**
 * Rounds rows of a weight so that (q·s − t)·H·(q·s − t)ᵀ is small, with q integers, s the scales of
 * their blocks and t the row that answers the input of the quantized model as the original row
 * answered that of the unquantized one.
 *
 * <ol>
 *   <li>Scales are chosen block by block, with the errors weighted by the diagonal of H.
 *   <li>GPTQ (Frantar et al., 2022, with activation order and static groups): one input after the
 *       other is rounded, and those that are left make up for the error as well as they can.
 *   <li>Then in turns: each scale becomes the best for its integers, each integer the best for all
 *       others (coordinate descent, as in Behdin et al., "QuantEase", 2023), for as long as that
 *       changes anything; no turn makes the error larger.
 * </ol>
 *
 * <p>Several rows are worked on at once, so that matrices are read once for all of them. Rows do
 * not influence each other.
 */
final class RowSolver {
  /** Rows in a tile. */
  static final int ROWS = 16;

  /** Most rows do not change any more after three or four turns. */
  private static final int TURNS = 10;

  private final Curvature curvature;
  private final Grid grid;
  private final int width;
  private final int blocks;
  private final float[] diagonal;

  /** The rows that are answered for, t. */
  private final float[] targets;

  /** Where GPTQ stands: the rest of each row in rounding order. */
  private final float[] rest;

  /** (q·s − t)·H. */
  private final float[] gradient;

  private final float[] step;

  /** Results: integers [rows, K] and scales [rows, blocks]. */
  final float[] integers;

  final float[] scales;

  RowSolver(Curvature curvature, Grid grid) {
    this.curvature = curvature;
    this.grid = grid;
    this.width = curvature.width();
    this.blocks = grid.blocks(width);
    this.diagonal = new float[width];
    for (int i = 0; i < width; i++) {
      diagonal[i] = curvature.diagonal(i);
    }
    this.targets = new float[ROWS * width];
    this.rest = new float[ROWS * width];
    this.gradient = new float[ROWS * width];
    this.step = new float[width];
    this.integers = new float[ROWS * width];
    this.scales = new float[ROWS * blocks];
  }

  /**
   * Rounds rows.
   *
   * @param values the original rows, one after the other
   * @param rows how many
   * @return whether all blocks have a scale that can be stored; if not, there is no result
   */
  boolean solve(float[] values, int rows) {
    return solve(values, rows, Optional.empty());
  }

  /**
   * The same where each row has one scale, which is not to be chosen here.
   *
   * @param given by row
   */
  boolean solve(float[] values, int rows, Optional<float[]> given) {
    aim(values, rows);
    for (int row = 0; row < rows; row++) {
      for (int block = 0; block < blocks; block++) {
        float scale =
            given.isPresent()
                ? given.get()[row]
                : grid.scale(targets, row * width, diagonal, block * grid.block(), end(block));
        if (!Float.isFinite(scale)) {
          return false;
        }
        scales[row * blocks + block] = scale;
      }
    }
    round(rows);
    refine(rows, given.isEmpty());
    return true;
  }

  private int end(int block) {
    return Math.min(width, (block + 1) * grid.block());
  }

  /** t = w + w·correction. */
  private void aim(float[] values, int rows) {
    System.arraycopy(values, 0, targets, 0, rows * width);
    for (int i = 0; i < width; i++) {
      for (int row = 0; row < rows; row++) {
        add(targets, row * width, 0, values[row * width + i], curvature.correction(), i);
      }
    }
  }

  /** Adds a multiple of row i of a matrix, from a column on, to a row. */
  private void add(float[] to, int offset, int from, float factor, float[] matrix, int i) {
    int at = i * width;
    for (int j = from; j < width; j++) {
      to[offset + j] += factor * matrix[at + j];
    }
  }

  private void round(int rows) {
    int[] order = curvature.order();
    float[] factor = curvature.factor();
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        rest[row * width + i] = targets[row * width + order[i]];
      }
    }
    for (int i = 0; i < width; i++) {
      float pivot = factor[i * width + i];
      int input = order[i];
      for (int row = 0; row < rows; row++) {
        float scale = scales[row * blocks + input / grid.block()];
        float value = rest[row * width + i];
        float integer = grid.integer(value, scale);
        integers[row * width + input] = integer;
        add(rest, row * width, i, -(value - integer * scale) / pivot, factor, i);
      }
    }
  }

  private void refine(int rows, boolean freeScales) {
    Arrays.fill(gradient, 0, rows * width, 0);
    for (int i = 0; i < width; i++) {
      for (int row = 0; row < rows; row++) {
        float scale = scales[row * blocks + i / grid.block()];
        float error = integers[row * width + i] * scale - targets[row * width + i];
        add(gradient, row * width, 0, error, curvature.hessian(), i);
      }
    }
    for (int row = 0; row < rows; row++) {
      boolean changed = true;
      for (int turn = 0; turn < TURNS && changed; turn++) {
        changed = freeScales && fitScales(row);
        changed |= descend(row);
      }
    }
  }

  /** Gives each block of a row the scale that is best for its integers. */
  private boolean fitScales(int row) {
    boolean changed = false;
    for (int block = 0; block < blocks; block++) {
      changed |= fitScale(row, block);
    }
    return changed;
  }

  private boolean fitScale(int row, int block) {
    int first = block * grid.block();
    int end = end(block);
    Arrays.fill(step, 0);
    double slope = 0;
    for (int i = first; i < end; i++) {
      float integer = integers[row * width + i];
      slope += (double) gradient[row * width + i] * integer;
      if (integer != 0) {
        add(step, 0, 0, integer, curvature.hessian(), i);
      }
    }
    double curve = 0;
    for (int i = first; i < end; i++) {
      curve += (double) step[i] * integers[row * width + i];
    }
    float old = scales[row * blocks + block];
    float scale = Grid.half((float) (old - slope / curve));
    double change = (double) scale - old;
    if (!grid.allows(scale) || !(2 * change * slope + change * change * curve < 0)) {
      return false;
    }
    scales[row * blocks + block] = scale;
    for (int j = 0; j < width; j++) {
      gradient[row * width + j] += (float) change * step[j];
    }
    return true;
  }

  /** Gives each input of a row the integer that is best for all others. */
  private boolean descend(int row) {
    boolean changed = false;
    for (int i : curvature.order()) {
      float scale = scales[row * blocks + i / grid.block()];
      float old = integers[row * width + i];
      float best = old * scale - gradient[row * width + i] / diagonal[i];
      float integer = grid.integer(best, scale);
      float change = (integer - old) * scale;
      if (change != 0
          && 2 * gradient[row * width + i] * change + diagonal[i] * change * change < 0) {
        integers[row * width + i] = integer;
        add(gradient, row * width, 0, change, curvature.hessian(), i);
        changed = true;
      }
    }
    return changed;
  }
}
