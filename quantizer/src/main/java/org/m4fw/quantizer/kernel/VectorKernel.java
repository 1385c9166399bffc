package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;
import static org.m4fw.quantizer.kernel.PairVectors.FLOATS;
import static org.m4fw.quantizer.kernel.PairVectors.INTS;
import static org.m4fw.quantizer.kernel.PairVectors.STEP;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Symmetry;

/**
 * The scalar kernel's operations on several lanes at once, from the numbers as they are stored. The
 * incubating vector module is used here, in {@link PairVectors}, {@link VectorExtremes}, {@link
 * VectorScales} and {@link VectorSearch}, all of them loaded only where there is that module and
 * enough work for it.
 *
 * <p>Methods are small and hand nothing but arrays to each other: what the compiler has not inlined
 * makes an object of every vector. The launcher tells the compiler to treat each for itself ({@code
 * -XX:CompileCommand=dontinline}). What goes round in a loop is an argument and never that of which
 * a method is called: the compiler does not know its shape, and would not inline the method.
 */
final class VectorKernel implements Kernel {
  /** As many bytes as a vector has lanes, or, as no vector is smaller, eight. */
  private static final VectorSpecies<Byte> BYTES =
      STEP == LANES ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  /** As many pairs of bytes as a vector has lanes, and as many halves as fit into one. */
  private static final VectorSpecies<Short> PAIRS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(STEP * Short.SIZE));

  private static final VectorSpecies<Short> SHORTS = INTS.withLanes(short.class);

  private static final int BYTE = 0xff;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  @Override
  public void measure(BlockTile tile) {
    VectorExtremes.measure(tile);
  }

  @Override
  public void span(BlockTile tile) {
    if (tile.symmetry == Symmetry.SYMMETRIC) {
      for (int b = 0; b < tile.blocks; b += STEP) {
        FloatVector.fromArray(FLOATS, tile.magnitude, b).div(tile.steps()).intoArray(tile.scale, b);
        FloatVector.broadcast(FLOATS, MAGIC + MIDDLE).intoArray(tile.offset, b);
      }
      VectorScales.settle(tile, 0, tile.blocks);
      return;
    }
    for (int b = 0; b < tile.blocks; b += STEP) {
      FloatVector below = FloatVector.fromArray(FLOATS, tile.below, b);
      FloatVector.fromArray(FLOATS, tile.above, b).add(below).div(LARGEST).intoArray(tile.scale, b);
    }
    VectorScales.settle(tile, 0, tile.blocks);
    for (int b = 0; b < tile.blocks; b += STEP) {
      VectorScales.zero(tile.below, b, tile.inverse, tile.offset, b);
      VectorScales.offsetOfNothing(tile, b);
    }
  }

  @Override
  public void search(BlockTile tile) {
    VectorSearch.search(tile);
  }

  @Override
  public void pack(BlockTile tile, byte[] data, int at) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      pack(tile, data, at, lane);
    }
  }

  private static void pack(BlockTile tile, byte[] data, int at, int lane) {
    DType dtype = tile.numbers.dtype;
    int[] words = tile.numbers.words;
    int pairs = tile.numbers.count / 2;
    int shift = Integer.numberOfTrailingZeros(tile.block) - 1;
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector rebuilt = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    for (int i = lane; i < pairs; i += LANES) {
      FloatVector even = PairVectors.even(dtype, words, i);
      FloatVector odd = PairVectors.odd(dtype, words, i);
      FloatVector scale = FloatVector.broadcast(FLOATS, tile.scale[i >> shift]);
      FloatVector inverse = FloatVector.broadcast(FLOATS, tile.inverse[i >> shift]);
      FloatVector offset = FloatVector.broadcast(FLOATS, tile.offset[i >> shift]);
      IntVector low = PairVectors.round(even, inverse, offset);
      IntVector high = PairVectors.round(odd, inverse, offset);
      ByteVector packed =
          (ByteVector)
              low.and(LARGEST)
                  .or(high.lanewise(VectorOperators.LSHL, 4))
                  .convertShape(VectorOperators.I2B, BYTES, 0);
      if (STEP == BYTES.length()) {
        packed.intoArray(data, at + i);
      } else {
        INT.set(data, at + i, packed.reinterpretAsInts().lane(0));
      }
      FloatVector evenStored = low.reinterpretAsFloats().sub(offset).mul(scale);
      FloatVector oddStored = high.reinterpretAsFloats().sub(offset).mul(scale);
      FloatVector evenError = even.sub(evenStored);
      FloatVector oddError = odd.sub(oddStored);
      signal = odd.fma(odd, even.fma(even, signal));
      noise = oddError.fma(oddError, evenError.fma(evenError, noise));
      rebuilt = oddStored.fma(oddStored, evenStored.fma(evenStored, rebuilt));
      maxError =
          evenError
              .reinterpretAsInts()
              .and(MAGNITUDE)
              .max(oddError.reinterpretAsInts().and(MAGNITUDE))
              .max(maxError);
    }
    signal.intoArray(tile.signal, lane);
    noise.intoArray(tile.noise, lane);
    rebuilt.intoArray(tile.rebuilt, lane);
    maxError.reinterpretAsFloats().intoArray(tile.maxError, lane);
  }

  @Override
  public int magnitudeBits(RowTile row) {
    return row.stored.isPresent()
        ? magnitudeOfBrains(row.stored.get().words)
        : magnitude(row.values);
  }

  private static int magnitudeOfBrains(int[] pairs) {
    ShortVector magnitude = ShortVector.zero(SHORTS);
    for (int i = 0; i < pairs.length; i += STEP) {
      magnitude =
          IntVector.fromArray(INTS, pairs, i)
              .reinterpretAsShorts()
              .and(Short.MAX_VALUE)
              .max(magnitude);
    }
    return magnitude.reduceLanes(VectorOperators.MAX) << Short.SIZE;
  }

  private static int magnitude(float[] values) {
    IntVector magnitude = IntVector.zero(INTS);
    for (int i = 0; i < values.length; i += STEP) {
      magnitude =
          FloatVector.fromArray(FLOATS, values, i)
              .reinterpretAsInts()
              .and(MAGNITUDE)
              .max(magnitude);
    }
    return magnitude.reduceLanes(VectorOperators.MAX);
  }

  @Override
  public void pack(RowTile row, byte[] data, int at) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      if (row.stored.isPresent()) {
        packBrains(row, row.stored.get().words, data, at, lane);
      } else {
        pack(row, data, at, lane);
      }
    }
  }

  private static void packBrains(RowTile row, int[] words, byte[] data, int at, int lane) {
    FloatVector inverse = FloatVector.broadcast(FLOATS, row.inverse);
    FloatVector scale = FloatVector.broadcast(FLOATS, -row.scale);
    FloatVector magic = FloatVector.broadcast(FLOATS, MAGIC);
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    for (int i = lane; i < words.length; i += LANES) {
      FloatVector even = PairVectors.even(DType.BF16, words, i);
      FloatVector odd = PairVectors.odd(DType.BF16, words, i);
      FloatVector low = even.fma(inverse, magic);
      FloatVector high = odd.fma(inverse, magic);
      low.reinterpretAsInts()
          .and(BYTE)
          .or(high.reinterpretAsInts().lanewise(VectorOperators.LSHL, Byte.SIZE))
          .convertShape(VectorOperators.I2S, PAIRS, 0)
          .reinterpretAsBytes()
          .intoArray(data, at + 2 * i);
      FloatVector evenNumber = low.sub(magic);
      FloatVector oddNumber = high.sub(magic);
      FloatVector evenError = evenNumber.fma(scale, even);
      FloatVector oddError = oddNumber.fma(scale, odd);
      signal = odd.fma(odd, even.fma(even, signal));
      noise = oddError.fma(oddError, evenError.fma(evenError, noise));
      squares = oddNumber.fma(oddNumber, evenNumber.fma(evenNumber, squares));
      maxError =
          evenError
              .reinterpretAsInts()
              .and(MAGNITUDE)
              .max(oddError.reinterpretAsInts().and(MAGNITUDE))
              .max(maxError);
    }
    signal.intoArray(row.signal, lane);
    noise.intoArray(row.noise, lane);
    squares.intoArray(row.squares, lane);
    maxError.reinterpretAsFloats().intoArray(row.maxError, lane);
  }

  private static void pack(RowTile row, byte[] data, int at, int lane) {
    float[] values = row.values;
    FloatVector inverse = FloatVector.broadcast(FLOATS, row.inverse);
    FloatVector scale = FloatVector.broadcast(FLOATS, -row.scale);
    FloatVector magic = FloatVector.broadcast(FLOATS, MAGIC);
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    for (int i = lane; i < values.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, values, i);
      FloatVector rounded = value.fma(inverse, magic);
      FloatVector number = rounded.sub(magic);
      ByteVector narrow =
          (ByteVector) rounded.reinterpretAsInts().convertShape(VectorOperators.I2B, BYTES, 0);
      if (STEP == BYTES.length()) {
        narrow.intoArray(data, at + i);
      } else {
        INT.set(data, at + i, narrow.reinterpretAsInts().lane(0));
      }
      FloatVector difference = number.fma(scale, value);
      signal = value.fma(value, signal);
      noise = difference.fma(difference, noise);
      squares = number.fma(number, squares);
      maxError = difference.reinterpretAsInts().and(MAGNITUDE).max(maxError);
    }
    signal.intoArray(row.signal, lane);
    noise.intoArray(row.noise, lane);
    squares.intoArray(row.squares, lane);
    maxError.reinterpretAsFloats().intoArray(row.maxError, lane);
  }
}
