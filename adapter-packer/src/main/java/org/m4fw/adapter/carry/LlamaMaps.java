package org.m4fw.adapter.carry;

import java.util.HashMap;
import java.util.Map;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The maps between the spaces of two models of the LLaMA family, from their weights.
 *
 * <p>Both know the same tokens, so their embeddings E [vocabulary, width] and E′ say how one
 * residual stream lies in the other: R minimises ‖E·R − E′‖ among the matrices with orthonormal
 * rows or columns (Schönemann's Procrustes problem; without that bound, maps amplify what the two
 * bases differ in). What a layer reads from the stream has passed a norm with gains g, so its input
 * maps by S = diag(g)·R·diag(1/g′). Outputs of queries, keys and values map by the orthogonal T
 * that minimises ‖T·W·S − W′‖, times the factor that makes both as large. The hidden units of the
 * feed-forward layer pass a nonlinearity, so that only unit for unit makes sense: each new unit
 * gets the old one whose gate and up rows point most nearly the same way. What goes back to the
 * stream maps by Rᵀ.
 */
final class LlamaMaps {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final double LEAST_COSINE = 0.5;

  private final BaseWeights before;
  private final BaseWeights after;
  private final DMatrixRMaj stream;
  private final Map<String, int[]> units = new HashMap<>();

  private LlamaMaps(BaseWeights before, BaseWeights after, DMatrixRMaj stream) {
    this.before = before;
    this.after = after;
    this.stream = stream;
  }

  static LlamaMaps between(BaseWeights before, BaseWeights after) {
    for (BaseWeights base : new BaseWeights[] {before, after}) {
      if (!base.has(EMBEDDING)) {
        throw CarryError.NOT_PROJECTED.at(base.name(), EMBEDDING, "there is no such weight");
      }
    }
    DMatrixRMaj old = before.matrix(EMBEDDING);
    DMatrixRMaj next = after.matrix(EMBEDDING);
    if (old.numRows != next.numRows) {
      throw CarryError.NOT_PROJECTED.at(
          after.name(), EMBEDDING, "%d tokens against %d".formatted(next.numRows, old.numRows));
    }
    return new LlamaMaps(before, after, orthogonal(transposeProduct(old, next)));
  }

  /** T·Δ·S for the layer at a point. */
  LowRank project(String point, LowRank delta) {
    int dot = point.lastIndexOf('.');
    String block = point.substring(0, Math.max(0, point.lastIndexOf('.', dot - 1)));
    return switch (point.substring(dot + 1)) {
      case "q_proj", "k_proj", "v_proj" -> {
        DMatrixRMaj input = input(block + ".input_layernorm.weight");
        DMatrixRMaj mapped = product(before.layer(point), input);
        DMatrixRMaj next = after.layer(point);
        DMatrixRMaj output = orthogonal(productTranspose(next, mapped));
        double factor = NormOps_DDRM.normF(next) / NormOps_DDRM.normF(product(output, mapped));
        CommonOps_DDRM.scale(factor, output);
        yield new LowRank(product(output, delta.up()), product(delta.down(), input));
      }
      case "gate_proj", "up_proj" -> {
        DMatrixRMaj input = input(block + ".post_attention_layernorm.weight");
        DMatrixRMaj mapped = byUnit(block, product(before.layer(point), input));
        DMatrixRMaj output = byUnit(block, delta.up());
        scaleRows(output, mapped, after.layer(point));
        yield new LowRank(output, product(delta.down(), input));
      }
      case "o_proj" -> {
        DMatrixRMaj mapped = transposeProduct(stream, before.layer(point));
        DMatrixRMaj input = orthogonal(transposeProduct(mapped, after.layer(point)));
        yield new LowRank(transposeProduct(stream, delta.up()), product(delta.down(), input));
      }
      case "down_proj" -> {
        DMatrixRMaj columns = new DMatrixRMaj(delta.down().numCols, delta.down().numRows);
        CommonOps_DDRM.transpose(delta.down(), columns);
        DMatrixRMaj chosen = byUnit(block, columns);
        DMatrixRMaj rows = new DMatrixRMaj(chosen.numCols, chosen.numRows);
        CommonOps_DDRM.transpose(chosen, rows);
        yield new LowRank(transposeProduct(stream, delta.up()), rows);
      }
      default -> throw CarryError.NOT_PROJECTED.at(before.name(), point, "an unknown layer");
    };
  }

  /** S for layers that read the stream through a norm: [old width, new width]. */
  private DMatrixRMaj input(String norm) {
    DMatrixRMaj old = before.matrix(norm);
    DMatrixRMaj next = after.matrix(norm);
    DMatrixRMaj input = new DMatrixRMaj(old.numCols, next.numCols);
    for (int row = 0; row < input.numRows; row++) {
      for (int column = 0; column < input.numCols; column++) {
        double gain = next.get(0, column);
        input.set(row, column, gain == 0 ? 0 : old.get(0, row) * stream.get(row, column) / gain);
      }
    }
    return input;
  }

  /** Rows of a matrix over the old hidden units, brought to the new ones. */
  private DMatrixRMaj byUnit(String block, DMatrixRMaj old) {
    int[] chosen;
    synchronized (units) {
      chosen = units.computeIfAbsent(block, this::match);
    }
    DMatrixRMaj rows = new DMatrixRMaj(chosen.length, old.numCols);
    for (int unit = 0; unit < chosen.length; unit++) {
      for (int column = 0; column < old.numCols && chosen[unit] >= 0; column++) {
        rows.set(unit, column, old.get(chosen[unit], column));
      }
    }
    return rows;
  }

  /** Multiplies each row by the factor that brings the mapped row nearest to the new one. */
  private static void scaleRows(DMatrixRMaj rows, DMatrixRMaj mapped, DMatrixRMaj next) {
    for (int row = 0; row < rows.numRows; row++) {
      double both = 0;
      double square = 0;
      for (int column = 0; column < mapped.numCols; column++) {
        both += mapped.get(row, column) * next.get(row, column);
        square += mapped.get(row, column) * mapped.get(row, column);
      }
      double factor = square == 0 ? 0 : both / square;
      for (int column = 0; column < rows.numCols; column++) {
        rows.set(row, column, rows.get(row, column) * factor);
      }
    }
  }

  /** For each new hidden unit of a block the old one that is most like it; −1 if none is. */
  private int[] match(String block) {
    DMatrixRMaj input = input(block + ".post_attention_layernorm.weight");
    DMatrixRMaj likeness = new DMatrixRMaj(0, 0);
    for (String layer : new String[] {".mlp.gate_proj", ".mlp.up_proj"}) {
      DMatrixRMaj old = unitRows(product(before.layer(block + layer), input));
      DMatrixRMaj next = unitRows(after.layer(block + layer));
      DMatrixRMaj cosines = new DMatrixRMaj(next.numRows, old.numRows);
      CommonOps_DDRM.multTransB(next, old, cosines);
      if (likeness.getNumElements() == 0) {
        likeness = cosines;
      } else {
        CommonOps_DDRM.addEquals(likeness, cosines);
      }
    }
    int[] chosen = new int[likeness.numRows];
    for (int unit = 0; unit < chosen.length; unit++) {
      int best = 0;
      for (int other = 1; other < likeness.numCols; other++) {
        best = likeness.get(unit, other) > likeness.get(unit, best) ? other : best;
      }
      chosen[unit] = likeness.get(unit, best) / 2 < LEAST_COSINE ? -1 : best;
    }
    return chosen;
  }

  private static DMatrixRMaj unitRows(DMatrixRMaj matrix) {
    for (int row = 0; row < matrix.numRows; row++) {
      double sum = 0;
      for (int column = 0; column < matrix.numCols; column++) {
        sum += matrix.get(row, column) * matrix.get(row, column);
      }
      double factor = sum == 0 ? 0 : 1 / Math.sqrt(sum);
      for (int column = 0; column < matrix.numCols; column++) {
        matrix.set(row, column, matrix.get(row, column) * factor);
      }
    }
    return matrix;
  }

  /** The matrix with orthonormal rows or columns that is nearest to one, up to its size. */
  private static DMatrixRMaj orthogonal(DMatrixRMaj matrix) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(matrix.numRows, matrix.numCols, true, true, true);
    if (!svd.decompose(matrix)) {
      throw new ArithmeticException("the decomposition did not converge");
    }
    return product(svd.getU(null, false), svd.getV(null, true));
  }

  private static DMatrixRMaj product(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numRows, b.numCols);
    CommonOps_DDRM.mult(a, b, product);
    return product;
  }

  private static DMatrixRMaj transposeProduct(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numCols, b.numCols);
    CommonOps_DDRM.multTransA(a, b, product);
    return product;
  }

  private static DMatrixRMaj productTranspose(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numRows, b.numRows);
    CommonOps_DDRM.multTransB(a, b, product);
    return product;
  }
}
