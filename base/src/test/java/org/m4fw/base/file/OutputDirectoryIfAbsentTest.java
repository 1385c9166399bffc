package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;

class OutputDirectoryIfAbsentTest {
  @TempDir Path temporary;

  @Test
  void theFirstCommitWinsAndTheSecondLeavesItAlone() throws IOException {
    Path target = temporary.resolve("keys");
    try (OutputDirectory first = OutputDirectory.create(target);
        OutputDirectory second = OutputDirectory.create(target)) {
      Files.writeString(first.path().resolve("key"), "first");
      Files.writeString(second.path().resolve("key"), "second");
      assertTrue(first.commitIfAbsent());
      assertFalse(second.commitIfAbsent());
    }
    assertEquals("first", Files.readString(target.resolve("key")));
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(target), left.toList());
    }
  }

  @Test
  void aLostTemporaryDirectoryIsAnError() {
    try (OutputDirectory output = OutputDirectory.create(temporary.resolve("keys"))) {
      Temporaries.delete(output.path());
      assertThrows(ProblemException.class, output::commitIfAbsent);
    }
  }

  @Test
  void anOwnerOnlyDirectoryIsClosedToOthersFromTheStart() throws IOException {
    try (OutputDirectory output =
        OutputDirectory.create(temporary.resolve("keys"), OutputFile.Access.OWNER_ONLY)) {
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(output.path())));
    }
  }
}
