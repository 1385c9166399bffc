package org.m4fw.quantizer.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;

/**
 * Four bits in blocks: x/scale rounded to the nearest integer, ties to even, clamped to −8…7, or
 * where there are zero points z to −z…15−z. How scales are found says {@link Kernel}.
 */
final class Int4Encoder implements RowEncoder {
  private final KernelSource kernels;
  private final ScaleChoice choice;
  private final Importance importance;
  private final Encoding.Int4Blocks encoding;
  private BlockTile tile;
  private byte[] data = new byte[0];
  private float[] scales = new float[0];
  private float[] offsets = new float[0];

  Int4Encoder(
      KernelSource kernels,
      Encoding.Int4Blocks encoding,
      ScaleChoice choice,
      Importance importance) {
    this.kernels = kernels;
    this.choice = choice;
    this.importance = importance;
    this.encoding = encoding;
    this.tile = tile(DType.F16);
  }

  private BlockTile tile(DType dtype) {
    boolean weighted = choice == ScaleChoice.SEARCH && !importance.isEven();
    return new BlockTile(
        dtype, encoding.block(), encoding.symmetry(), RowEncoder.signOf(encoding), weighted);
  }

  @Override
  public Outcome encode(Rows rows) {
    if (tile.numbers.dtype != rows.tensor().dtype()) {
      tile = tile(rows.tensor().dtype());
    }
    BlockReader reader = new BlockReader(rows, tile.block);
    int blocks = reader.count();
    makeRoom(Math.ceilDiv(blocks, tile.blocks));
    Kernel kernel =
        kernels.forWork(
            (long) rows.count() * rows.columns(),
            new KernelUse(tile.numbers.dtype, encoding, choice, tile.weighted));
    SumOfLanes quality = new SumOfLanes();
    for (int first = 0; first < blocks; first += tile.blocks) {
      int used = Math.min(tile.blocks, blocks - first);
      reader.read(first, used, tile);
      if (tile.weighted) {
        reader.readColumns(first, used, importance.ofColumns(rows.columns()), tile);
      }
      kernel.measure(tile);
      switch (choice) {
        case ABSMAX -> kernel.span(tile);
        case SEARCH -> kernel.search(tile);
      }
      kernel.pack(tile, data, first * (tile.block / 2));
      if (!quality.add(tile)) {
        return refuse(reader, first, used);
      }
      System.arraycopy(tile.scale, 0, scales, first, tile.blocks);
      System.arraycopy(tile.offset, 0, offsets, first, tile.blocks);
    }
    return new Outcome.Encoded(
        ByteBuffer.wrap(data, 0, blocks * (tile.block / 2)).slice(),
        halves(blocks),
        zeroPoints(rows.count(), reader.perRow()),
        quality.quality());
  }

  private void makeRoom(int tiles) {
    int blocks = Math.multiplyExact(tiles, tile.blocks);
    if (scales.length < blocks) {
      data = new byte[Math.multiplyExact(tiles, tile.packedBytes())];
      scales = new float[blocks];
      offsets = new float[blocks];
    }
  }

  private ByteBuffer halves(int blocks) {
    short[] halves = new short[blocks];
    for (int i = 0; i < blocks; i++) {
      halves[i] = Float.floatToFloat16(scales[i]);
    }
    ByteBuffer bytes = Buffers.little(2 * blocks);
    bytes.asShortBuffer().put(halves);
    return bytes;
  }

  private ByteBuffer zeroPoints(int rows, int perRow) {
    if (tile.symmetry == Symmetry.SYMMETRIC) {
      return ByteBuffer.allocate(0);
    }
    int bytes = Math.ceilDiv(perRow, 2);
    byte[] packed = new byte[Math.multiplyExact(rows, bytes)];
    Arrays.fill(packed, (byte) (Kernel.MIDDLE << 4));
    for (int row = 0; row < rows; row++) {
      for (int block = 0; block < perRow; block++) {
        int zero = (int) (offsets[row * perRow + block] - Kernel.MAGIC);
        int at = row * bytes + block / 2;
        packed[at] = (byte) (block % 2 == 0 ? packed[at] | zero : (packed[at] & 15) | (zero << 4));
      }
    }
    return ByteBuffer.wrap(packed);
  }

  /** Names the first block that cannot be encoded; the sums say that there is one. */
  private Outcome refuse(BlockReader reader, int first, int used) {
    for (int b = 0; b < used; b++) {
      float[] values = reader.floats(first + b);
      int largest = 0;
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          return new Outcome.NotFinite(reader.index(first + b, i), values[i]);
        }
        if (Math.abs(values[i]) > Math.abs(values[largest])) {
          largest = i;
        }
      }
      if (!Float.isFinite(tile.scale[b])) {
        return new Outcome.ScaleOverflow(reader.index(first + b, largest), values[largest]);
      }
    }
    throw new IllegalStateException("sums of finite numbers with finite scales are finite");
  }
}
