package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;

final class DiskStorageTest {
  @TempDir Path directory;

  @Test
  void whereALinkWasPutInAFilesPlaceWhatItLeadsToIsNotTouched() throws IOException {
    Path other = Files.write(directory.resolve("other"), new byte[] {1, 2, 3});
    Files.createSymbolicLink(directory.resolve("file"), other);
    assertThrows(ProblemException.class, () -> Storage.onDisk(directory).open("file").close());
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(other));
  }
}
