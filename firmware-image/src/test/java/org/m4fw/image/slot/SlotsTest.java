package org.m4fw.image.slot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.DurableRecord;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.Storage;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.delta.Delta;
import org.m4fw.image.delta.Deltas;

final class SlotsTest {
  private static final String ONE_KEY = "1".repeat(64);
  private static final String OTHER_KEY = "2".repeat(64);

  @TempDir Path directory;
  private boolean answersAreWrong;
  private boolean signaturesCount = true;
  private TrustVersions versions = TrustVersions.NONE;

  private Slots slots() {
    return new Slots(
        new Device(
            storage(),
            image -> {
              require(signaturesCount, ImageError.ENVELOPE_UNSIGNED);
              return versions;
            },
            image -> require(!answersAreWrong, SlotError.NOT_ANSWERED),
            Assembly.INTERVAL,
            OrderedWork.onThreads(1),
            Progress.silent()));
  }

  private static void require(boolean holds, ErrorCode otherwise) {
    if (!holds) {
      throw otherwise.at("", "", "a");
    }
  }

  private Storage storage() {
    return Storage.onDisk(directory.resolve("device"));
  }

  private Path image(long build, long rollback) {
    byte[] bytes = Deltas.random(9000, build);
    return Deltas.image(
        directory.resolve("image" + build),
        build,
        rollback,
        List.of(
            SectionSource.of(
                new SectionSpec("s", "weights", "", List.of(), "a/b", "data.bin"), bytes)));
  }

  private void install(long build, long rollback) {
    try (ImageFile file = ImageFile.open(image(build, rollback))) {
      slots().install(file);
    }
  }

  private void update(long build, long rollback) {
    install(build, rollback);
    slots().start();
    slots().markGood();
  }

  private static void refused(ErrorCode code, Runnable action) {
    ProblemException e = assertThrows(ProblemException.class, action::run);
    assertEquals(code, e.problem().code(), e.problem().text());
  }

  private String running() {
    return slots().start().occupant().version();
  }

  @Test
  void imagesGoIntoTheSlotsInTurn() {
    update(1, 0);
    assertEquals(Optional.of(SlotName.A), slots().state().active());
    update(2, 0);
    assertEquals(Optional.of(SlotName.B), slots().state().active());
    update(3, 0);
    assertEquals(Optional.of(SlotName.A), slots().state().active());
    assertEquals("1.0.3", running());
  }

  @Test
  void markingGoodBeforeTheKnownAnswersIsRefused() {
    install(1, 0);
    refused(SlotError.NOT_ANSWERED, () -> slots().markGood());
    answersAreWrong = true;
    refused(SlotError.NOT_ANSWERED, () -> slots().start());
    refused(SlotError.NOT_ANSWERED, () -> slots().markGood());
    answersAreWrong = false;
    slots().start();
    slots().markGood();
  }

  @Test
  void answersBeforeALaterFailedStartDoNotCount() {
    update(1, 0);
    install(2, 0);
    slots().start();
    answersAreWrong = true;
    assertThrows(ProblemException.class, () -> slots().start());
    refused(SlotError.NOT_ANSWERED, () -> slots().markGood());
  }

  @Test
  void rollbackIndexIsRaisedOnlyWhenTheImageIsGood() {
    update(1, 1);
    install(2, 5);
    slots().start();
    assertEquals(Map.of("m4", 1L), slots().rollback().minima());
    slots().markGood();
    assertEquals(Map.of("m4", 5L), slots().rollback().minima());
  }

  @Test
  void olderImageIsNotInstalled() {
    update(1, 3);
    refused(RollbackError.INDEX_TOO_LOW, () -> install(2, 2));
    assertEquals("1.0.1", running());
  }

  /** Else an image that fails its trial could take the device the root of the old one. */
  @Test
  void trustRootIsRememberedOnlyWhenTheImageIsGood() {
    versions = new TrustVersions(1, "", 0);
    update(1, 0);
    versions = new TrustVersions(2, "", 0);
    install(2, 0);
    slots().start();
    assertEquals(1, slots().rollback().seen().root());
    slots().fallBack();
    versions = new TrustVersions(1, "", 0);
    assertEquals("1.0.1", running());
    versions = new TrustVersions(2, "", 0);
    update(3, 0);
    assertEquals(2, slots().rollback().seen().root());
  }

  @Test
  void olderTrustRootIsRefused() {
    versions = new TrustVersions(2, "", 0);
    update(1, 0);
    versions = new TrustVersions(1, "", 0);
    refused(RollbackError.OLD_ROOT, () -> install(2, 0));
    refused(RollbackError.OLD_ROOT, this::running);
    versions = new TrustVersions(3, "", 0);
    assertEquals("1.0.1", running());
    assertEquals(3, slots().rollback().seen().root());
  }

  @Test
  void olderRevocationsLetNothingInAndWhatIsInStarts() {
    versions = new TrustVersions(1, ONE_KEY, 7);
    update(1, 0);
    versions = new TrustVersions(1, ONE_KEY, 6);
    refused(RollbackError.OLD_REVOCATIONS, () -> install(2, 0));
    assertEquals("1.0.1", running());
    versions = new TrustVersions(1, ONE_KEY, 0);
    refused(RollbackError.OLD_REVOCATIONS, () -> install(2, 0));
    assertEquals(7, slots().rollback().seen().revocations());
  }

  @Test
  void revocationsByOtherKeysBeginAnew() {
    versions = new TrustVersions(1, ONE_KEY, 7);
    update(1, 0);
    versions = new TrustVersions(2, OTHER_KEY, 1);
    update(2, 0);
    assertEquals(versions, slots().rollback().seen());
  }

  @Test
  void stateThatHasSeenNoVersionsIsWrittenAndReadAsItEverWas() {
    String text = "{\"rollback\":{\"m4\":9},\"schema\":\"m4fw.rollback-state/1\"}";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    DurableRecord.write(storage(), "r", bytes);
    RollbackState state = RollbackState.read(storage().path("r"));
    assertEquals(new RollbackState(new TreeMap<>(Map.of("m4", 9L))), state);
    state.write(storage(), "s");
    assertArrayEquals(bytes, DurableRecord.read(storage().path("s")).orElseThrow());
  }

  @Test
  void versionsAreReadAsTheyWereWritten() {
    RollbackState state =
        new RollbackState(new TreeMap<>(Map.of("m4", 9L)), new TrustVersions(3, ONE_KEY, 7));
    state.write(storage(), "r");
    assertEquals(state, RollbackState.read(storage().path("r")));
    String text = "{\"revokers\":\"x\",\"rollback\":{},\"schema\":\"m4fw.rollback-state/1\"}";
    DurableRecord.write(storage(), "bad", text.getBytes(StandardCharsets.UTF_8));
    refused(RollbackError.STATE_INVALID, () -> RollbackState.read(storage().path("bad")));
  }

  @Test
  void imageOnTrialThatFailsThreeTimesIsGivenUp() {
    update(1, 0);
    install(2, 0);
    try {
      Files.write(storage().path("slot-b.m4img"), new byte[20_000]);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    for (int i = 0; i < Occupant.TRIES; i++) {
      Slots.Started started = slots().start();
      assertEquals("1.0.1", started.occupant().version());
      assertTrue(started.given().isPresent());
    }
    assertFalse(slots().start().given().isPresent());
    assertEquals(Occupant.Standing.BAD, slots().state().slot(SlotName.B).orElseThrow().standing());
  }

  @Test
  void imageThatNobodyMarksGoodIsStartedThreeTimes() {
    update(1, 0);
    install(2, 0);
    assertEquals("1.0.2", running());
    assertEquals("1.0.2", running());
    assertEquals("1.0.2", running());
    assertEquals("1.0.1", running());
    refused(SlotError.NOTHING_ON_TRIAL, () -> slots().markGood());
  }

  @Test
  void rejectedTrialGivesWayToTheOldImage() {
    update(1, 0);
    install(2, 0);
    slots().start();
    assertEquals(Optional.of(SlotName.A), slots().fallBack());
    assertEquals("1.0.1", running());
  }

  @Test
  void deviceGoesBackToTheOtherGoodImageUnlessThatIsTooOld() {
    update(1, 1);
    update(2, 1);
    slots().fallBack();
    assertEquals("1.0.1", running());
    update(3, 2);
    refused(RollbackError.INDEX_TOO_LOW, () -> slots().fallBack());
  }

  @Test
  void damagedActiveImageGivesWayToTheOtherGoodOne() throws IOException {
    update(1, 0);
    update(2, 0);
    Path active = storage().path("slot-b.m4img");
    byte[] bytes = Files.readAllBytes(active);
    long at;
    try (ImageFile image = ImageFile.open(active)) {
      at = image.section("s").offset();
    }
    bytes[(int) at] ^= 1;
    Files.write(active, bytes);
    Slots.Started started = slots().start();
    assertEquals("1.0.1", started.occupant().version());
    assertEquals(ImageError.DATA_CORRUPT, started.given().orElseThrow().code());
  }

  /** Or a power cut during the next installation would leave nothing that starts. */
  @Test
  void theOnlyImageThatStartsIsNotInstalledOver() throws IOException {
    update(1, 0);
    update(2, 0);
    Files.write(storage().path("slot-b.m4img"), new byte[20_000]);
    assertEquals("1.0.1", running());
    install(3, 0);
    assertEquals("1.0.1", slots().state().slot(SlotName.A).orElseThrow().version());
    assertEquals("1.0.3", running());
  }

  @Test
  void rejectingTheFirstImageLeavesNothingToStart() {
    install(1, 0);
    assertEquals(Optional.empty(), slots().fallBack());
    refused(SlotError.NOTHING_TO_START, () -> slots().start());
  }

  @Test
  void otherImageInASlotIsNoticed() throws IOException {
    update(1, 0);
    Files.copy(
        image(2, 0),
        storage().path("slot-a.m4img"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused(SlotError.SLOT_DIFFERS, () -> slots().start());
  }

  @Test
  void nothingIsWrittenIfTheSignaturesDoNotCount() {
    signaturesCount = false;
    refused(ImageError.ENVELOPE_UNSIGNED, () -> install(1, 0));
    assertEquals(List.of(), storage().names());
  }

  @Test
  void imageOfAnotherProductIsRefused() throws IOException {
    update(1, 0);
    SlotState state = slots().state();
    Occupant other = state.slot(SlotName.A).orElseThrow();
    state
        .with(
            SlotName.A,
            new Occupant(
                other.imageId(), "orin", "1", other.rollback(), other.standing(), 0, true, 4))
        .write(storage());
    refused(SlotError.OTHER_PRODUCT, () -> install(2, 0));
  }

  @Test
  void deltaNeedsAGoodImage() {
    Path delta = directory.resolve("delta");
    Deltas.delta(image(1, 0), image(2, 0), delta);
    try (Delta opened = Delta.open(delta, Progress.silent())) {
      refused(SlotError.NO_BASE, () -> slots().install(opened));
      update(1, 0);
      assertEquals(SlotName.B, slots().install(opened));
    }
    assertEquals("1.0.2", running());
  }

  @Test
  void emptyDeviceStartsNothing() {
    refused(SlotError.NOTHING_TO_START, () -> slots().start());
    refused(SlotError.NO_OTHER_IMAGE, () -> slots().fallBack());
    refused(SlotError.NOTHING_ON_TRIAL, () -> slots().markGood());
  }

  @Test
  void stateWithoutAWholeCopyIsRefused() throws IOException {
    update(1, 0);
    Files.write(storage().path("slots.state"), new byte[8192]);
    refused(FileError.BOTH_COPIES_DAMAGED, () -> slots().start());
  }

  @Test
  void stateIsTheSameAfterWritingAndReading() {
    versions = new TrustVersions(3, "", 0);
    update(1, 7);
    SlotState state = slots().state();
    state.write(storage());
    assertEquals(state, slots().state());
    assertEquals(3, state.slot(SlotName.A).orElseThrow().root());
    RollbackState rollback = new RollbackState(new TreeMap<>(Map.of("a", 0L, "m4", 9L)));
    rollback.write(storage(), "r");
    assertEquals(rollback, RollbackState.read(storage().path("r")));
  }

  @Test
  void imageOfAnUnknownDomainIsRefused() {
    RollbackState rollback = new RollbackState(new TreeMap<>(Map.of("other", 0L)));
    rollback.write(storage(), Slots.ROLLBACK_FILE);
    refused(RollbackError.UNKNOWN_DOMAIN, () -> install(1, 0));
  }
}
