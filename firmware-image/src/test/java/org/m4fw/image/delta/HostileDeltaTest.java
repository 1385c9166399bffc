package org.m4fw.image.delta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.Storage;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;

/** Item 41 of the hostile inputs, and what else a delta can lie about. */
final class HostileDeltaTest {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 20;

  @TempDir Path directory;
  private Path old = Path.of("");
  private Path delta = Path.of("");

  /** One block of twenty is literal. */
  @BeforeEach
  void goodDelta() {
    byte[] weights = Deltas.random(BLOCKS * BLOCK, 1);
    old = Deltas.image(directory.resolve("old"), 1, Deltas.section("w", weights));
    Path changed =
        Deltas.image(directory.resolve("new"), 2, Deltas.section("w", Deltas.changed(weights, 0)));
    delta = directory.resolve("delta");
    Deltas.delta(old, changed, delta);
  }

  private ForgedDelta forged() {
    return new ForgedDelta(delta);
  }

  private void refused(ErrorCode code, ForgedDelta forged) {
    refused(code, old, forged.write(directory.resolve("forged")));
  }

  private void refused(ErrorCode code, Path base, Path file) {
    Path made = directory.resolve("made");
    ProblemException e = assertThrows(ProblemException.class, () -> Deltas.apply(base, file, made));
    assertEquals(code, e.problem().code(), e.problem().text());
    assertFalse(Files.exists(made));
    try (var files = Files.list(directory)) {
      assertFalse(files.anyMatch(path -> path.toString().contains(".part")));
    } catch (IOException io) {
      throw new java.io.UncheckedIOException(io);
    }
  }

  @Test
  void goodOneIsApplied() {
    Deltas.apply(old, forged().write(directory.resolve("copy")), directory.resolve("made"));
  }

  @Test
  void anotherBaseIsRefused() {
    Path other =
        Deltas.image(
            directory.resolve("other"), 1, Deltas.section("w", Deltas.random(BLOCKS * BLOCK, 2)));
    refused(DeltaError.WRONG_BASE, other, delta);
  }

  @Test
  void baseWithAChangedBlockIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(old);
    long at;
    try (ImageFile image = ImageFile.open(old)) {
      at = image.section("w").offset() + 7 * BLOCK;
    }
    bytes[(int) at] ^= 1;
    Path damaged = Files.write(directory.resolve("damaged"), bytes);
    refused(DeltaError.RESULT_DIFFERS, damaged, delta);
  }

  @Test
  void imageIsNoDelta() {
    refused(ImageError.WRONG_KIND, old, old);
  }

  @Test
  void copyBeyondTheSourceIsRefused() {
    refused(
        DeltaError.COPY_OUT_OF_RANGE,
        forged().runs(new Run(Run.LITERAL, 1, 0), new Run(0, BLOCKS - 1, 2)));
  }

  @Test
  void copyFromANegativeBlockIsRefused() {
    refused(
        DeltaError.COPY_OUT_OF_RANGE,
        forged().runs(new Run(Run.LITERAL, 1, 0), new Run(0, BLOCKS - 1, -1)));
  }

  @Test
  void copyWhoseEndOverflowsIsRefused() {
    refused(
        DeltaError.COPY_OUT_OF_RANGE,
        forged().runs(new Run(Run.LITERAL, 1, 0), new Run(0, BLOCKS - 1, Long.MAX_VALUE)));
  }

  @Test
  void copyFromAnUnknownSourceIsRefused() {
    refused(
        DeltaError.RUN_SOURCE,
        forged().runs(new Run(Run.LITERAL, 1, 0), new Run(1, BLOCKS - 1, 1)));
    refused(
        DeltaError.RUN_SOURCE,
        forged().runs(new Run(Run.LITERAL, 1, 0), new Run(-2, BLOCKS - 1, 1)));
  }

  @Test
  void newImageOverTheOldOneIsRefused() throws IOException {
    byte[] before = Files.readAllBytes(old);
    ProblemException e = assertThrows(ProblemException.class, () -> Deltas.apply(old, delta, old));
    assertEquals(DeltaError.IN_PLACE, e.problem().code());
    Path link = Files.createLink(directory.resolve("link"), old);
    assertThrows(ProblemException.class, () -> Deltas.apply(old, delta, link));
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(old)));
  }

  @Test
  void runWithoutBlocksIsRefused() {
    refused(DeltaError.RUN_EMPTY, forged().runs(new Run(Run.LITERAL, 0, 0), new Run(0, BLOCKS, 0)));
    refused(DeltaError.RUN_EMPTY, forged().runs(new Run(0, Integer.MIN_VALUE, 0)));
  }

  @Test
  void runOverTheEndOfItsSectionIsRefused() {
    refused(
        DeltaError.RUN_TOO_LONG, forged().runs(new Run(Run.LITERAL, 1, 0), new Run(0, BLOCKS, 0)));
  }

  @Test
  void missingAndSurplusRunsAreRefused() {
    refused(DeltaError.RUNS_MISSING, forged().runs(new Run(Run.LITERAL, 1, 0)));
    refused(
        DeltaError.RUNS_LEFT,
        forged()
            .runs(
                new Run(Run.LITERAL, 1, 0), new Run(0, BLOCKS - 1, 1), new Run(Run.LITERAL, 1, 0)));
  }

  @Test
  void literalRunWithASourceBlockIsRefused() {
    refused(
        DeltaError.RUN_FIELD, forged().runs(new Run(Run.LITERAL, 1, 5), new Run(0, BLOCKS - 1, 1)));
  }

  @Test
  void halfARunIsRefused() {
    refused(DeltaError.RUNS_LENGTH, forged().with("runs", new byte[17]));
  }

  @Test
  void copyOfTheWrongBlocksIsRefused() {
    refused(
        DeltaError.RESULT_DIFFERS,
        forged().runs(new Run(Run.LITERAL, 1, 0), new Run(0, BLOCKS - 1, 0)));
  }

  @Test
  void surplusLiteralsAreRefused() {
    ForgedDelta forged = forged();
    byte[] literals = forged.section("literals");
    refused(
        DeltaError.LITERALS_LEFT,
        forged.with("literals", Arrays.copyOf(literals, literals.length + 1)));
  }

  @Test
  void missingLiteralsAreRefused() {
    refused(DeltaError.LITERAL_CHUNK, forged().with("literals", new byte[3]));
    ForgedDelta forged = forged();
    byte[] literals = forged.section("literals");
    refused(
        DeltaError.LITERAL_CHUNK,
        forged.with("literals", Arrays.copyOf(literals, literals.length - 1)));
  }

  @Test
  void chunkThatUnpacksToMoreThanItsBlocksIsRefused() {
    byte[] bomb = Zstd.compress(new byte[64 << 20], 3);
    refused(DeltaError.LITERAL_CORRUPT, forged().with("literals", chunk(bomb)));
  }

  @Test
  void chunkThatUnpacksToLessThanItsBlocksIsRefused() {
    refused(
        DeltaError.LITERAL_CORRUPT,
        forged().with("literals", chunk(Zstd.compress(new byte[100], 3))));
  }

  @Test
  void chunkThatIsNoFrameIsRefused() {
    refused(DeltaError.LITERAL_CORRUPT, forged().with("literals", chunk(new byte[50])));
  }

  @Test
  void otherLiteralsAreRefused() {
    ForgedDelta forged = forged();
    byte[] literals = forged.section("literals");
    literals[literals.length - 1] ^= 1;
    refused(DeltaError.RESULT_DIFFERS, forged.with("literals", literals));
  }

  @Test
  void anotherResultIsRefused() {
    ForgedDelta forged = forged();
    forged.content().put("result", "sha256:" + "0".repeat(64));
    refused(DeltaError.RESULT_ID, forged);
  }

  @Test
  void digestsThatAreNoneAreRefused() {
    ForgedDelta forged = forged();
    forged.content().put("base", "md5:1");
    refused(DeltaError.DELTA_FIELD, forged);
  }

  @Test
  void unknownSchemaIsRefused() {
    ForgedDelta forged = forged();
    forged.content().put("schema", "m4fw.delta/2");
    refused(DeltaError.DELTA_FIELD, forged);
  }

  @Test
  void unknownFieldIsRefused() {
    ForgedDelta forged = forged();
    forged.content().put("more", 1);
    refused(JsonError.UNKNOWN_FIELD, forged);
  }

  @Test
  void sectionsOtherThanTheThreeAreRefused() {
    refused(DeltaError.DELTA_SECTIONS, forged().with("more", new byte[1]));
  }

  @Test
  void envelopeThatIsNoneIsRefused() {
    refused(
        ImageError.ENVELOPE_NOT_CANONICAL,
        forged().with("envelope", "{".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void envelopeOfADeltaIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(delta);
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(64 + 40);
    byte[] own = Arrays.copyOfRange(bytes, 8192, (int) (8192 + length));
    refused(ImageError.ENVELOPE_FIELD, forged().with("envelope", own));
  }

  @Test
  void damagedDeltaIsRefusedBeforeAnythingIsWritten() throws IOException {
    byte[] bytes = Files.readAllBytes(delta);
    long at;
    try (ImageFile image = ImageFile.open(delta)) {
      at = image.section("literals").offset();
    }
    bytes[(int) at + 9] ^= 1;
    refused(ImageError.DATA_CORRUPT, old, Files.write(directory.resolve("damaged"), bytes));
  }

  @Test
  void nothingIsWrittenIfTheSignaturesDoNotCount() {
    ErrorCode code = ImageError.ENVELOPE_UNSIGNED;
    try (ImageFile base = ImageFile.open(old);
        Delta opened = Delta.open(delta, Progress.silent())) {
      DeltaApplication application =
          new DeltaApplication(
              Storage.onDisk(directory), Assembly.INTERVAL, Deltas.WORK, Progress.silent());
      assertThrows(
          ProblemException.class,
          () ->
              application.run(
                  opened,
                  base,
                  image -> {
                    throw code.at("", "");
                  },
                  "made"));
    }
    assertFalse(Files.exists(directory.resolve("made")));
  }

  private static byte[] chunk(byte[] frame) {
    return ByteBuffer.allocate(4 + frame.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(frame.length)
        .put(frame)
        .array();
  }
}
