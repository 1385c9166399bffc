package org.m4fw.image.delta;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The literal blocks of a delta: one stream, cut into chunks of 1 MiB, the last one shorter, each
 * for itself. A section's last block is filled up with zeros.
 *
 * <pre>
 * length  u32  bytes that follow; the highest bit is set if they are the chunk as it is
 * bytes        a zstd frame, or the chunk
 * </pre>
 *
 * <p>A chunk is kept as it is where zstd does not make it shorter. How long a chunk is when
 * unpacked follows from its number, and into more than that nothing is unpacked.
 */
final class Literals {
  static final int CHUNK = 1 << 20;
  static final int LENGTH = 4;

  /** Weights hardly shrink whatever the level; texts do at this one. */
  private static final int LEVEL = 9;

  private static final int STORED = 1 << 31;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** More than a terabyte of literal bytes is none of our files. */
  private static final int MAX_CHUNKS = 1 << 20;

  private final String file;
  private final MemorySegment stored;
  private final long length;
  private final long[] places;

  private Literals(String file, MemorySegment stored, long length, long[] places) {
    this.file = file;
    this.stored = stored;
    this.length = length;
    this.places = places;
  }

  /** A chunk in the form that the section holds. */
  static byte[] pack(byte[] chunk) {
    byte[] frame = new byte[Math.toIntExact(Zstd.compressBound(chunk.length))];
    long size = Zstd.compressByteArray(frame, 0, frame.length, chunk, 0, chunk.length, LEVEL);
    boolean smaller = size < chunk.length;
    byte[] bytes = smaller ? Arrays.copyOf(frame, (int) size) : chunk;
    return ByteBuffer.allocate(LENGTH + bytes.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(smaller ? bytes.length : bytes.length | STORED)
        .put(bytes)
        .array();
  }

  /**
   * Literals as a section holds them.
   *
   * @param length of all chunks unpacked, which the runs know
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError} if the chunks do not
   *     fill the section
   */
  static Literals read(String file, MemorySegment stored, long length) {
    long count = (length + CHUNK - 1) / CHUNK;
    if (count > MAX_CHUNKS || count > stored.byteSize()) {
      throw DeltaError.LITERAL_LENGTH.at(file, "literals", stored.byteSize(), length);
    }
    long[] places = new long[Math.toIntExact(count)];
    long at = 0;
    for (int chunk = 0; chunk < places.length; chunk++) {
      places[chunk] = at;
      int unpacked = unpackedLength(length, chunk);
      long size = stored.byteSize() - at < LENGTH ? 0 : size(stored.get(INT, at));
      boolean kept = size > 0 && stored.get(INT, at) < 0;
      if (size < 1 || size > unpacked || (kept && size != unpacked)) {
        throw DeltaError.LITERAL_CHUNK.at(file, "literals", chunk, size, unpacked);
      }
      at += LENGTH + size;
      if (at > stored.byteSize()) {
        throw DeltaError.LITERAL_CHUNK.at(
            file, "literals", chunk, size, size - (at - stored.byteSize()));
      }
    }
    if (at != stored.byteSize()) {
      throw DeltaError.LITERALS_LEFT.at(file, "literals", stored.byteSize() - at);
    }
    return new Literals(file, stored, length, places);
  }

  private static long size(int field) {
    return field & ~STORED;
  }

  private static int unpackedLength(long length, long chunk) {
    return (int) Math.min(CHUNK, length - chunk * CHUNK);
  }

  /** A chunk, unpacked. */
  byte[] chunk(int chunk) {
    int field = stored.get(INT, places[chunk]);
    byte[] bytes =
        stored.asSlice(places[chunk] + LENGTH, size(field)).toArray(ValueLayout.JAVA_BYTE);
    if (field < 0) {
      return bytes;
    }
    byte[] unpacked = new byte[unpackedLength(length, chunk)];
    long size = unpack(bytes, unpacked, chunk);
    if (size != unpacked.length) {
      throw DeltaError.LITERAL_CORRUPT.at(
          file, "literals", chunk, unpacked.length, "there are " + size);
    }
    return unpacked;
  }

  private long unpack(byte[] frame, byte[] target, int chunk) {
    try {
      return Zstd.decompressByteArray(target, 0, target.length, frame, 0, frame.length);
    } catch (ZstdException e) {
      throw DeltaError.LITERAL_CORRUPT.at(
          file, "literals", chunk, target.length, String.valueOf(e.getMessage()));
    }
  }

  /** The numbers of all chunks. */
  Iterable<Integer> chunks() {
    return () -> IntStream.range(0, places.length).iterator();
  }

  /** Literal bytes from an offset on. */
  byte[] read(long offset, int count) {
    byte[] bytes = new byte[count];
    int done = 0;
    while (done < count) {
      long from = offset + done;
      byte[] chunk = chunk((int) (from / CHUNK));
      int within = (int) (from % CHUNK);
      int now = Math.min(count - done, chunk.length - within);
      System.arraycopy(chunk, within, bytes, done, now);
      done += now;
    }
    return bytes;
  }
}
