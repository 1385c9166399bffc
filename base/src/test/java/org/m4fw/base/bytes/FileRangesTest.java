package org.m4fw.base.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;

final class FileRangesTest {
  @TempDir Path directory;

  private Path file(int size) throws IOException {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31);
    }
    return Files.write(directory.resolve("file"), bytes);
  }

  @Test
  void rangesHoldWhatTheFileHolds() throws IOException {
    Path path = file(20_000);
    byte[] all = Files.readAllBytes(path);
    try (FileRanges ranges = FileRanges.open(path)) {
      byte[] expected = java.util.Arrays.copyOfRange(all, 5001, 5101);
      assertArrayEquals(expected, ranges.read(5001, 100));
      assertArrayEquals(expected, ranges.map(5001, 100).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @Test
  void onlyWhatIsAskedForIsMapped() throws IOException {
    try (FileRanges ranges = FileRanges.open(file(20_000))) {
      ranges.read(0, 4096);
      assertEquals(List.of(), ranges.mapped());
      assertEquals(List.of(new FileRanges.Range(0, 4096)), ranges.read());
      assertSame(ranges.map(8192, 100), ranges.map(8192, 100));
      ranges.map(4096, 10);
      ranges.map(0, 0);
      assertEquals(
          List.of(new FileRanges.Range(4096, 10), new FileRanges.Range(8192, 100)),
          ranges.mapped());
    }
  }

  @Test
  void rangeBeyondTheEndIsRefused() throws IOException {
    try (FileRanges ranges = FileRanges.open(file(100))) {
      assertThrows(IndexOutOfBoundsException.class, () -> ranges.read(50, 51));
      assertThrows(IndexOutOfBoundsException.class, () -> ranges.map(Long.MAX_VALUE, 1));
    }
  }

  @Test
  void fileThatWasCutShortIsToldAsChanged() throws IOException {
    Path path = file(20_000);
    try (FileRanges ranges = FileRanges.open(path)) {
      file(100);
      assertEquals(
          FileError.CHANGED,
          assertThrows(ProblemException.class, () -> ranges.read(50, 100)).problem().code());
      assertEquals(
          FileError.CHANGED,
          assertThrows(ProblemException.class, () -> ranges.map(50, 100)).problem().code());
    }
  }

  @Test
  void directoryIsRefused() {
    assertEquals(
        FileError.NOT_A_REGULAR_FILE,
        assertThrows(ProblemException.class, () -> FileRanges.open(directory)).problem().code());
  }
}
