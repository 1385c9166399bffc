package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;

/** A killed process is played by a copy of what an open directory looks like. */
@EnabledOnOs(OS.LINUX)
final class ResumableDirectoryTest {
  private static final Digest KEY = Digest.of("job".getBytes(StandardCharsets.UTF_8));

  @TempDir Path scratch = Path.of("");
  private Path target = Path.of("");

  @BeforeEach
  void nameTarget() {
    target = scratch.resolve("out");
  }

  /** Leaves what a process leaves that is killed with two notes and the beginning of a third. */
  private void killed() throws IOException {
    Path part;
    Path kept = scratch.resolve("kept");
    try (ResumableDirectory directory = ResumableDirectory.open(target, KEY)) {
      part = directory.path();
      directory.note("one");
      directory.note("zwei ü");
      try (OutputFile file = OutputFile.resume(part.resolve("data"))) {
        file.append("abc".getBytes(StandardCharsets.UTF_8));
        Files.createDirectories(kept);
        Files.copy(file.temporaryPath(), kept.resolve(".data.part"));
      }
      Files.copy(part.resolve(".journal"), kept.resolve(".journal"));
    }
    assertFalse(Files.exists(part));
    Files.writeString(kept.resolve(".journal"), "thr", StandardOpenOption.APPEND);
    Files.move(kept, part);
  }

  @Test
  void nextProcessFindsWhatWasNotedAndWritten() throws IOException {
    killed();
    try (ResumableDirectory directory = ResumableDirectory.open(target, KEY)) {
      assertEquals(List.of("one", "zwei ü"), directory.done());
      directory.note("three");
      assertEquals("one\nzwei ü\nthree\n", Files.readString(directory.path().resolve(".journal")));
      try (OutputFile file = OutputFile.resume(directory.path().resolve("data"))) {
        file.write(3, ByteBuffer.wrap("d".getBytes(StandardCharsets.UTF_8)));
        file.commit();
      }
      directory.commit();
    }
    assertEquals("abcd", Files.readString(target.resolve("data")));
    assertFalse(Files.exists(target.resolve(".journal")));
  }

  /** Killed between the commit of a file and that of the directory. */
  @Test
  void fileThatHadItsNameIsGoneOnWith() throws IOException {
    killed();
    try (ResumableDirectory directory = ResumableDirectory.open(target, KEY)) {
      Path data = directory.path().resolve("data");
      Files.move(directory.path().resolve(".data.part"), data);
      try (OutputFile file = OutputFile.resume(data)) {
        assertFalse(Files.exists(data));
        file.commit();
      }
      assertEquals("abc", Files.readString(data));
    }
  }

  @Test
  void otherJobFindsNothingAndClearsAway() throws IOException {
    killed();
    Digest other = Digest.of("other".getBytes(StandardCharsets.UTF_8));
    try (ResumableDirectory directory = ResumableDirectory.open(target, other)) {
      assertEquals(List.of(), directory.done());
      try (var parts = Files.list(scratch)) {
        assertEquals(List.of(directory.path()), parts.toList());
      }
    }
  }

  @Test
  void twoAtTheSameTimeDoNotShare() {
    try (ResumableDirectory one = ResumableDirectory.open(target, KEY);
        ResumableDirectory two = ResumableDirectory.open(target, KEY)) {
      one.note("mine");
      assertNotEquals(one.path(), two.path());
      assertEquals(List.of(), two.done());
      two.commit();
    }
    assertTrue(Files.isDirectory(target));
  }

  @Test
  void orderlyEndLeavesNothing() throws IOException {
    try (ResumableDirectory directory = ResumableDirectory.open(target, KEY)) {
      directory.note("one");
    }
    try (var left = Files.list(scratch)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
