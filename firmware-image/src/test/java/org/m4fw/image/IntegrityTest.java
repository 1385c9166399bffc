package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.progress.ProgressEvent;
import org.m4fw.base.work.OrderedWork;

/** Sections that are not what the manifest says, in files whose framing is right. */
class IntegrityTest {
  /** More than a piece, and two levels of tree. */
  private static final int LENGTH = 2_500_000;

  private static final Digest OTHER = Digest.of(new byte[1]);

  @TempDir static Path directory;
  private static byte[] good = new byte[0];

  @BeforeAll
  static void write() throws IOException {
    Path path = directory.resolve("big.m4img");
    Samples.write(
        path,
        Samples.draft(Kind.IMAGE),
        List.of(
            SectionSource.of(Samples.spec("big", "big.bin"), Samples.random(LENGTH, 9)),
            SectionSource.of(Samples.spec("block", "block.bin"), Samples.random(4096, 9)),
            SectionSource.of(Samples.spec("none", "none.bin"), new byte[0])));
    good = Files.readAllBytes(path);
  }

  @Test
  void goodSectionsVerify() {
    Forge.verify(good);
    assertEquals(6 * 4096, big().treeLength());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, 4096, 1_048_575, 1_048_576, LENGTH - 1})
  void flippedDataIsFound(int at) {
    Problem problem = flipped(big().offset() + at);
    assertEquals(ImageError.DATA_CORRUPT, problem.code());
    assertEquals("section big", problem.item());
    assertTrue(problem.message().contains(" %d ".formatted(at / 4096 * 4096)), problem.message());
  }

  @Test
  void flippedRootLevelIsFound() {
    assertEquals(ImageError.ROOT_MISMATCH, flipped(big().treeOffset() + 7).code());
  }

  @Test
  void flippedLeafLevelIsFound() {
    for (int block = 1; block < 6; block++) {
      Problem problem = flipped(big().treeOffset() + block * 4096L + 9);
      assertEquals(ImageError.TREE_CORRUPT, problem.code());
      assertTrue(problem.message().contains(Integer.toString(block * 4096)), problem.message());
    }
  }

  @Test
  void flippedPaddingOfTheTreeIsFound() {
    assertEquals(
        ImageError.TREE_CORRUPT, flipped(big().treeOffset() + big().treeLength() - 1).code());
    assertEquals(ImageError.ROOT_MISMATCH, flipped(big().treeOffset() + 4095).code());
  }

  @Test
  void flippedSectionWithoutTreeIsFound() {
    Section block = Forge.sections(good).get(1);
    assertEquals(0, block.treeLength());
    assertEquals(ImageError.ROOT_MISMATCH, flipped(block.offset() + 100).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"big", "block", "none"})
  void otherDigestInTheManifestIsFound(String id) {
    byte[] forged =
        reframed(
            Samples.draft(Kind.IMAGE),
            Forge.sections(good).stream()
                .map(s -> s.id().equals(id) ? with(s, OTHER, s.crc32(), s.treeCrc32()) : s)
                .toList());
    assertEquals(ImageError.ROOT_MISMATCH, Forge.integrityRefusal(forged).code());
  }

  @Test
  void crcThatMisleadsZipToolsIsFound() {
    List<Section> sections = new ArrayList<>(Forge.sections(good));
    sections.set(0, with(big(), big().fsv(), 1, big().treeCrc32()));
    Problem problem = Forge.integrityRefusal(reframed(Samples.draft(Kind.IMAGE), sections));
    assertEquals(ImageError.CRC_MISMATCH, problem.code());
    assertEquals("section big", problem.item());
  }

  @Test
  void crcOfTheTreeThatMisleadsZipToolsIsFound() {
    List<Section> sections = new ArrayList<>(Forge.sections(good));
    sections.set(0, with(big(), big().fsv(), big().crc32(), 1));
    Problem problem = Forge.integrityRefusal(reframed(Samples.draft(Kind.IMAGE), sections));
    assertEquals(ImageError.CRC_MISMATCH, problem.code());
    assertEquals("tree of section big", problem.item());
  }

  /** Both end in the same padded block; the digest covers the length, too. */
  @Test
  void missingLastZeroIsFound() {
    byte[] data = Samples.random(4096, 9);
    data[4095] = 0;
    SignedImage signed =
        Samples.write(
            directory.resolve("zero.m4img"),
            Samples.draft(Kind.IMAGE),
            List.of(
                SectionSource.of(Samples.spec("a", "a"), data),
                SectionSource.of(Samples.spec("b", "b"), Arrays.copyOf(data, 4095))));
    List<Section> sections = signed.manifest().sections();
    assertNotEquals(sections.get(0).fsv(), sections.get(1).fsv());
  }

  @Test
  void progressReachesTheLengthOfTheSections() {
    List<ProgressEvent> events = new ArrayList<>();
    try (ImageFile image = ImageFile.open(directory.resolve("big.m4img"))) {
      image.verifyIntegrity(new Progress(events::add));
    }
    assertEquals(new ProgressEvent.Started("verify big.m4img", LENGTH + 4096), events.getFirst());
    assertEquals(
        new ProgressEvent.Advanced("verify big.m4img", LENGTH + 4096),
        events.get(events.size() - 2));
  }

  @Test
  void oneSectionCanBeVerifiedAlone() throws IOException {
    Path path = directory.resolve("broken.m4img");
    byte[] broken = good.clone();
    broken[(int) big().offset()] ^= 1;
    Files.write(path, broken);
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(
          List.of(image.section("block").section()), OrderedWork.onThreads(1), Progress.silent());
      ProblemException e =
          assertThrows(ProblemException.class, () -> image.verifyIntegrity(Progress.silent()));
      assertEquals(ImageError.DATA_CORRUPT, e.problem().code());
      assertTrue(e.problem().file().endsWith("broken.m4img"));
    }
  }

  @Test
  void fileThatIsCutWhileItIsMappedIsReported() throws IOException {
    Path path = directory.resolve("cut.m4img");
    Files.write(path, good);
    try (ImageFile image = ImageFile.open(path)) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(65536);
      }
      ProblemException e =
          assertThrows(ProblemException.class, () -> image.verifyIntegrity(Progress.silent()));
      assertEquals(FileError.CHANGED, e.problem().code());
    }
  }

  private static Section big() {
    return Forge.sections(good).getFirst();
  }

  private static Problem flipped(long at) {
    byte[] forged = good.clone();
    forged[(int) at] ^= 0x20;
    return Forge.integrityRefusal(forged);
  }

  private static Section with(Section s, Digest fsv, int crc32, int treeCrc32) {
    return new Section(
        s.spec(), s.offset(), s.length(), crc32, fsv, s.treeOffset(), s.treeLength(), treeCrc32);
  }

  /** The good sections under another manifest, with framing that agrees. */
  private static byte[] reframed(ImageDraft draft, List<Section> sections) {
    Manifest manifest = Forge.structure(good).manifest();
    Manifest forged = Manifest.of(draft, manifest.layout(), sections);
    byte[] payload = ManifestJson.bytes("image", forged);
    byte[] bytes = good.clone();
    new ContainerFrame(
            forged, Digest.of(payload), Samples.envelope(Kind.IMAGE.payloadType(), payload).bytes())
        .visit((name, offset, piece) -> ByteBuffer.wrap(bytes).put((int) offset, piece));
    return bytes;
  }
}
