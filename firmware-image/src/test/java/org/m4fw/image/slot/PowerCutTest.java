package org.m4fw.image.slot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.Storage;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.delta.Delta;
import org.m4fw.image.delta.Deltas;

/**
 * Items 42 and 43 of the hostile inputs: the power goes at every write, force, rename, creation and
 * deletion of an update, and whatever is left, the old image starts or the new one, and the update
 * can be done again.
 */
final class PowerCutTest {
  private static final int CHECKPOINT = 16 << 10;

  @TempDir Path directory;
  private Path oldImage = Path.of("");
  private Path newImage = Path.of("");
  private Path device = Path.of("");

  @BeforeEach
  void deviceWithAGoodImage() {
    oldImage = Deltas.image(directory.resolve("old"), 1, 1, sections(1));
    newImage = Deltas.image(directory.resolve("new"), 2, 2, sections(2));
    device = directory.resolve("device");
    whole(Storage.onDisk(device), oldImage);
  }

  private static List<SectionSource> sections(int seed) {
    List<SectionSource> sections = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      byte[] bytes = Deltas.random(20_000, i == 1 ? 7 : seed + 10 * i);
      sections.add(
          SectionSource.of(
              new SectionSpec("s" + i, "weights", "", List.of(), "a/b", "data.bin"), bytes));
    }
    return sections;
  }

  private static Slots slots(Storage storage) {
    return slots(storage, CHECKPOINT);
  }

  private static Slots slots(Storage storage, long checkpoint) {
    return new Slots(
        new Device(
            storage,
            image -> versions((int) image.manifest().build()),
            SelfTest.NONE,
            checkpoint,
            OrderedWork.onThreads(1),
            Progress.silent()));
  }

  /** Each image is borne out by a root of its own; there is a new list since the first one. */
  private static TrustVersions versions(int build) {
    return new TrustVersions(build, "0".repeat(64), Math.min(build, 2));
  }

  private static void installed(Storage storage, Path image, long checkpoint) {
    try (ImageFile file = ImageFile.open(image)) {
      slots(storage, checkpoint).install(file);
    }
  }

  /** A whole update: install, start, mark good. */
  private static void whole(Storage storage, Path image) {
    whole(storage, image, CHECKPOINT);
  }

  private static void whole(Storage storage, Path image, long checkpoint) {
    installed(storage, image, checkpoint);
    slots(storage).start();
    slots(storage).markGood();
  }

  private static void byDelta(Storage storage, Path delta) {
    try (Delta opened = Delta.open(delta, Progress.silent())) {
      slots(storage).install(opened);
    }
    slots(storage).start();
    slots(storage).markGood();
  }

  private interface Update {
    void on(Storage storage);
  }

  private interface Recovery {
    /** The version that starts from what is left of an update that was finished or not. */
    String from(Path left, boolean finished);
  }

  private Path copyOfDevice(String name) throws IOException {
    Path copy = Files.createDirectories(directory.resolve(name));
    try (var files = Files.list(device)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(String.valueOf(file.getFileName())));
      }
    }
    return copy;
  }

  /** Cuts at every operation and gives the versions that were started afterwards. */
  private Set<String> cutEverywhere(Update update) throws IOException {
    return cutEverywhere(update, (left, finished) -> recovered(left, update, finished));
  }

  private Set<String> cutEverywhere(Update update, Recovery recovery) throws IOException {
    Set<String> started = new TreeSet<>();
    int cuts = 0;
    for (boolean done = false; !done; cuts++) {
      FaultStorage storage = FaultStorage.cut(copyOfDevice("live" + cuts), cuts);
      try {
        update.on(storage);
        done = true;
      } catch (PowerCut e) {
        done = false;
      }
      for (int names = 0; names < storage.nameChoices(); names++) {
        for (FaultStorage.Loss loss : FaultStorage.Loss.values()) {
          Path left = directory.resolve("left-%s-%s-%s".formatted(cuts, names, loss));
          storage.survivors(left, names, loss);
          imagesAreWhole(left);
          started.add(recovery.from(left, done));
          delete(left);
        }
      }
      delete(directory.resolve("live" + cuts));
    }
    assertTrue(cuts > 30, "there are " + cuts + " operations");
    return started;
  }

  /** An image gets its name when its bytes are durable, whatever is said of it elsewhere. */
  private static void imagesAreWhole(Path left) {
    for (SlotName slot : SlotName.values()) {
      if (Files.exists(left.resolve(slot.file()))) {
        try (ImageFile image = ImageFile.open(left.resolve(slot.file()))) {
          image.verifyIntegrity(
              image.manifest().sections(), OrderedWork.onThreads(1), Progress.silent());
        }
      }
    }
  }

  /** Starts what is left, and then does the update again. */
  private static String recovered(Path left, Update update, boolean finished) {
    Storage storage = FaultStorage.sound(left);
    SlotState state = slots(storage).state();
    long active = state.active().flatMap(state::slot).orElseThrow().rollback().index();
    assertTrue(active >= stored(storage), "the rollback index shuts the active image out");
    assertTrue(active >= slots(storage).rollback().seen().root(), "the root shuts it out");
    Slots.Started first = slots(storage).start();
    String version = first.occupant().version();
    if (finished) {
      assertEquals("1.0.2", version);
    }
    assertTrue(first.occupant().rollback().index() >= stored(storage));
    if (!first.trial() && version.equals("1.0.2")) {
      assertEquals(2, stored(storage), "a cut between mark-good and the index is made up for");
      return version;
    }
    update.on(storage);
    Slots.Started second = slots(storage).start();
    assertEquals("1.0.2", second.occupant().version());
    assertEquals(2, stored(storage));
    assertEquals(versions(2), slots(storage).rollback().seen());
    assertEquals(
        List.of("rollback.state", "slot-a.m4img", "slot-b.m4img", "slots.state"),
        storage.names().stream().filter(name -> !name.endsWith(".new")).toList());
    return version;
  }

  private static long stored(Storage storage) {
    return slots(storage).rollback().minima().getOrDefault("m4", -1L);
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Test
  void powerCutAnywhereLeavesTheOldImageOrTheNewOne() throws IOException {
    assertEquals(Set.of("1.0.1", "1.0.2"), cutEverywhere(storage -> whole(storage, newImage)));
  }

  @Test
  void powerCutAnywhereInAnUpdateByDeltaLeavesTheOldImageOrTheNewOne() throws IOException {
    Path delta = directory.resolve("delta");
    Deltas.delta(oldImage, newImage, delta);
    assertEquals(Set.of("1.0.1", "1.0.2"), cutEverywhere(storage -> byDelta(storage, delta)));
  }

  /** The slot is declared empty before it is: who believes what it says would install nothing. */
  @Test
  void powerCutWhileAnImageOnTrialIsReplacedLeavesNothingDeclaredThatIsNotThere()
      throws IOException {
    Path trial = Deltas.image(directory.resolve("trial"), 3, 3, sections(3));
    installed(Storage.onDisk(device), trial, CHECKPOINT);
    Set<String> started =
        cutEverywhere(
            storage -> whole(storage, newImage),
            (left, finished) -> {
              Storage storage = FaultStorage.sound(left);
              installed(storage, trial, CHECKPOINT);
              return slots(storage).start().occupant().version();
            });
    assertEquals(Set.of("1.0.3"), started);
  }

  /** Wherever an update is cut, the same once more makes a device that starts the new image. */
  private void assertStartsAfterAnother(Update update) throws IOException {
    Set<String> started =
        cutEverywhere(
            update,
            (left, finished) -> {
              Storage storage = FaultStorage.sound(left);
              update.on(storage);
              return slots(storage).start().occupant().version();
            });
    assertEquals(Set.of("1.0.2"), started);
  }

  /** The records of slots and rollback are made then, and must never be there without content. */
  @Test
  void powerCutAnywhereInTheFirstInstallationLeavesADeviceThatTakesOne() throws IOException {
    delete(device);
    Files.createDirectories(device);
    assertStartsAfterAnother(storage -> whole(storage, newImage));
  }

  /** Small images have no checkpoint, whose removal would make the image's name durable, too. */
  @Test
  void powerCutAnywhereWithoutCheckpointsLeavesNothingDeclaredThatIsNotThere() throws IOException {
    assertStartsAfterAnother(storage -> whole(storage, newImage, Assembly.INTERVAL));
  }

  @Test
  void fullDiskAnywhereLeavesTheOldImageAndTheUpdateGoesOnLater() throws IOException {
    int refused = 0;
    for (int operation = 0; ; operation++) {
      Path live = copyOfDevice("full" + operation);
      FaultStorage storage = FaultStorage.full(live, operation);
      try {
        whole(storage, newImage);
        break;
      } catch (ProblemException e) {
        assertEquals(FileError.NO_SPACE, e.problem().code());
        refused++;
      }
      Storage withRoom = FaultStorage.sound(live);
      slots(withRoom).start();
      whole(withRoom, newImage);
      assertEquals("1.0.2", slots(withRoom).start().occupant().version());
      delete(live);
    }
    assertTrue(refused > 20);
  }

  @Test
  void interruptedInstallationGoesOnFromItsCheckpoint() {
    int operations = 0;
    for (boolean cut = true; cut; operations++) {
      try (ImageFile image = ImageFile.open(newImage)) {
        slots(FaultStorage.cut(device, operations)).install(image);
        cut = false;
      } catch (PowerCut e) {
        cut = true;
      }
    }
    Storage storage = FaultStorage.sound(device);
    assertEquals("1.0.2", slots(storage).start().occupant().version());
    assertThrows(
        ProblemException.class, () -> slots(Storage.onDisk(directory.resolve("none"))).start());
  }
}
