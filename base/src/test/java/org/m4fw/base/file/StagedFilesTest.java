package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;

final class StagedFilesTest {
  @TempDir Path directory;

  private List<String> names(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void filesAppearTogether() throws IOException {
    Path out = directory.resolve("a/out");
    try (StagedFiles staged = StagedFiles.in(out)) {
      Files.writeString(staged.path("one"), "1");
      Files.writeString(staged.path("two"), "2");
      assertEquals(List.of("one", "two"), staged.publish(List.of()));
    }
    assertEquals(List.of("one", "two"), names(out));
  }

  @Test
  void withoutPublishingNothingIsLeft() throws IOException {
    Path out = directory.resolve("out");
    try (StagedFiles staged = StagedFiles.in(out)) {
      Files.writeString(staged.path("one"), "1");
    }
    assertFalse(Files.exists(out));
  }

  @Test
  void whatWasThereStays() throws IOException {
    Files.writeString(directory.resolve("mine"), "m");
    try (StagedFiles staged = StagedFiles.in(directory)) {
      Files.writeString(staged.path("one"), "1");
    }
    assertEquals(List.of("mine"), names(directory));
  }

  @Test
  void obsoleteFilesGoAndNewOnesReplaceOld() throws IOException {
    Files.writeString(directory.resolve("mine"), "m");
    Files.writeString(directory.resolve("old"), "o");
    Files.writeString(directory.resolve("one"), "0");
    try (StagedFiles staged = StagedFiles.in(directory)) {
      Files.writeString(staged.path("one"), "1");
      staged.publish(List.of("old", "one", "never"));
    }
    assertEquals(List.of("mine", "one"), names(directory));
    assertEquals("1", Files.readString(directory.resolve("one")));
  }

  @Test
  void obsoleteNamesCannotLeadOutside() throws IOException {
    Path out = Files.createDirectory(directory.resolve("out"));
    Files.writeString(directory.resolve("mine"), "m");
    try (StagedFiles staged = StagedFiles.in(out)) {
      staged.publish(List.of("../mine"));
    }
    assertEquals(List.of("mine", "out"), names(directory));
  }

  @Test
  void failureNamesTheFinalPath() {
    Path out = directory.resolve("out");
    try (StagedFiles staged = StagedFiles.in(out)) {
      String tooLong = "x".repeat(250);
      ProblemException e =
          assertThrows(ProblemException.class, () -> OutputFile.create(staged.path(tooLong)));
      assertEquals(out.resolve(tooLong).toString(), e.problem().file());
    }
  }

  @Test
  void directoryThatCannotExistIsRefusedWithAReason() {
    Path file = directory.resolve("x".repeat(300));
    ProblemException e = assertThrows(ProblemException.class, () -> StagedFiles.in(file));
    assertFalse(e.problem().message().contains(file.toString()), e.getMessage());
  }

  @Test
  void reasonIsNeverThePath() {
    assertEquals("no such file or directory", FileError.reason(new NoSuchFileException("/proc/x")));
    assertEquals("not permitted", FileError.reason(new FileSystemException("/proc/x")));
  }

  @Test
  void fileInPlaceOfTheDirectoryIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "f");
    ProblemException e = assertThrows(ProblemException.class, () -> StagedFiles.in(file));
    assertEquals(FileError.NOT_A_DIRECTORY, e.problem().code());
  }
}
