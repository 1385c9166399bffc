package org.m4fw.cli.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;

final class StampTest {
  @TempDir Path directory;
  private Path input;
  private Path output;
  private Stamp stamp;

  @BeforeEach
  void build() throws IOException {
    input = Files.writeString(directory.resolve("input"), "abc");
    output = Files.writeString(directory.resolve("output"), "ABC");
    InputRecord record = new InputRecord(Optional.empty(), directory.resolve("none"));
    record.digest(input);
    stamp =
        new Stamp(
            "asked",
            record.seen(),
            new TreeMap<>(Map.of(output.toString(), FileState.of(output).orElseThrow())));
  }

  @Test
  void holdsWhileNothingChanges() {
    assertTrue(stamp.holds("asked"));
  }

  @Test
  void doesNotHoldForAnotherRequest() {
    assertFalse(stamp.holds("something else"));
  }

  @Test
  void doesNotHoldAfterAnInputChanged() throws IOException {
    Files.writeString(input, "abcd");
    assertFalse(stamp.holds("asked"));
  }

  @Test
  void doesNotHoldAfterAnOutputIsGone() throws IOException {
    Files.delete(output);
    assertFalse(stamp.holds("asked"));
  }

  @Test
  void whatIsWrittenIsRead() {
    Path file = directory.resolve("stamp.json");
    stamp.write(file);
    assertEquals(Optional.of(stamp), Stamp.read(file));
  }

  @Test
  void damagedStampIsNone() throws IOException {
    Path file = Files.writeString(directory.resolve("stamp.json"), "{\"request\": 1}");
    assertEquals(Optional.empty(), Stamp.read(file));
  }

  @Test
  void fileWrittenJustBeforeTheStampIsHashedAgain() throws IOException {
    Path file = directory.resolve("stamp.json");
    Stamp wrong =
        new Stamp(
            "asked",
            new TreeMap<>(
                Map.of(
                    input.toString(),
                    new Stamp.Input(
                        FileState.of(input).orElseThrow(),
                        Optional.of(Digest.of(new byte[] {1}))))),
            new TreeMap<>());
    wrong.write(file);
    Digest digest = new InputRecord(Optional.of(wrong), file).digest(input);
    assertEquals(Digest.of("abc".getBytes(java.nio.charset.StandardCharsets.UTF_8)), digest);
  }

  @Test
  void oldUnchangedFileIsNotHashedAgain() throws IOException {
    Files.setLastModifiedTime(input, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
    Path file = directory.resolve("stamp.json");
    Digest remembered = Digest.of(new byte[] {1});
    Stamp earlier =
        new Stamp(
            "asked",
            new TreeMap<>(
                Map.of(
                    input.toString(),
                    new Stamp.Input(FileState.of(input).orElseThrow(), Optional.of(remembered)))),
            new TreeMap<>());
    earlier.write(file);
    assertEquals(remembered, new InputRecord(Optional.of(earlier), file).digest(input));
  }
}
