package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LargeWritesTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  /** Blocks only, with a rest, off the blocks, too small for a write of its own kind. */
  @ParameterizedTest
  @CsvSource({"0, 1048576", "8192, 1048577", "4096, 3000001", "1, 1048576", "4095, 70000", "0, 0"})
  void whateverPlaceAndLengthTheBytesAreThere(int offset, int length) throws IOException {
    byte[] bytes = random(length);
    Path file = directory.resolve("file");
    try (FileChannel channel = create(file);
        LargeWrites writes = new LargeWrites(file, channel)) {
      writes.write(offset, ByteBuffer.wrap(bytes));
    }
    byte[] found = Files.readAllBytes(file);
    assertArrayEquals(
        bytes, Arrays.copyOfRange(found, Math.min(offset, found.length), found.length));
  }

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void nativeMemoryMayBeginAnywhere(int start) throws IOException {
    byte[] bytes = random(MIB);
    Path file = directory.resolve("file");
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = create(file);
        LargeWrites writes = new LargeWrites(file, channel)) {
      ByteBuffer memory = arena.allocate(MIB + start, 4096).asByteBuffer().position(start);
      writes.write(0, memory.slice().put(bytes).flip());
    }
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void smallWritesBetweenLargeOnesAreKept() throws IOException {
    byte[] bytes = random(4 * MIB);
    Path file = directory.resolve("file");
    try (FileChannel channel = create(file);
        LargeWrites writes = new LargeWrites(file, channel)) {
      writes.write(MIB, ByteBuffer.wrap(bytes, MIB, 4096));
      writes.write(2 * MIB, ByteBuffer.wrap(bytes, 2 * MIB, 2 * MIB));
      writes.write(MIB + 4096, ByteBuffer.wrap(bytes, MIB + 4096, MIB - 4096));
      writes.write(0, ByteBuffer.wrap(bytes, 0, MIB));
    }
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void whereThePathLeadsElsewhereTheOpenFileGetsTheBytes() throws IOException {
    byte[] bytes = random(MIB);
    Path file = directory.resolve("file");
    Path other = Files.write(directory.resolve("other"), new byte[] {1});
    ByteBuffer found = ByteBuffer.allocate(MIB);
    try (FileChannel channel = create(file);
        LargeWrites writes = new LargeWrites(file, channel)) {
      Files.delete(file);
      Files.createSymbolicLink(file, other);
      writes.write(0, ByteBuffer.wrap(bytes));
      channel.read(found, 0);
    }
    assertArrayEquals(bytes, found.array());
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(other));
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }
}
