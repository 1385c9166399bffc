package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFileTest {
  @TempDir Path directory;

  private long files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.count();
    }
  }

  @Test
  void fileHasNoNameBeforeItIsCommitted() throws IOException {
    Path target = directory.resolve("weights");
    try (OutputFile file = OutputFile.create(target)) {
      file.append(new byte[] {1, 2});
      assertFalse(Files.exists(target));
      file.commitToCache();
    }
    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(target));
    assertEquals(1, files());
  }

  @Test
  void fileThatIsNotCommittedLeavesNothing() throws IOException {
    try (OutputFile file = OutputFile.create(directory.resolve("weights"))) {
      file.append(new byte[] {1, 2});
    }
    assertEquals(0, files());
  }

  @Test
  void olderFileStaysUntilTheNewOneIsCommitted() throws IOException {
    Path target = directory.resolve("weights");
    OutputFile.write(target, new byte[] {1});
    try (OutputFile file = OutputFile.create(target)) {
      file.append(new byte[] {2});
      assertArrayEquals(new byte[] {1}, Files.readAllBytes(target));
    }
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(target));
  }

  @Test
  void bytesAreWrittenWhereTheyBelongAndGapsAreZero() throws IOException {
    Path target = directory.resolve("weights");
    try (OutputFile file = OutputFile.create(target)) {
      file.append(new byte[] {1});
      file.write(6, ByteBuffer.wrap(new byte[] {7}));
      file.align(4);
      assertEquals(4, file.position());
      file.commit();
    }
    assertArrayEquals(new byte[] {1, 0, 0, 0, 0, 0, 7}, Files.readAllBytes(target));
  }

  @Test
  void temporaryDirectoryIsRemovedWithAllInIt() throws IOException {
    Path path;
    try (TemporaryDirectory temporary = TemporaryDirectory.create()) {
      path = temporary.path();
      OutputFile.write(path.resolve("a/b"), new byte[] {1});
      assertTrue(Files.isDirectory(path));
    }
    assertFalse(Files.exists(path));
  }
}
