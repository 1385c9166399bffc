package org.m4fw.image.delta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Manifest;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.SignedManifest;

final class DownloadTest {
  private static final int BLOCK = 4096;

  @TempDir Path directory;
  private Path before = Path.of("");
  private Path after = Path.of("");

  private static SectionSource section(String id, byte[] bytes, String... targets) {
    return SectionSource.of(
        new SectionSpec(id, "weights", "", List.of(targets), "a/b", "data.bin"), bytes);
  }

  @BeforeEach
  void images() {
    byte[] weights = Deltas.random(400 * BLOCK, 1);
    byte[] npu = Deltas.random(300 * BLOCK, 2);
    byte[] tokens = Deltas.random(3000, 3);
    before =
        Deltas.image(
            directory.resolve("before"),
            1,
            0,
            List.of(section("w", weights), section("npu", npu, "npu"), section("t", tokens)));
    after =
        Deltas.image(
            directory.resolve("after"),
            2,
            0,
            List.of(
                section("w", Deltas.changed(weights, 200 * BLOCK)),
                section("npu", Deltas.changed(npu, 9), "npu"),
                section("t", tokens)));
  }

  private static boolean holds(Download download, long offset, long length) {
    return download.ranges().stream()
        .anyMatch(range -> range.offset() <= offset && offset + length <= range.end());
  }

  @Test
  void firstBytesOfAnImageSayWhatATargetNeeds() throws IOException {
    Manifest manifest = SignedManifest.ofFront(after).manifest();
    long front = manifest.layout().firstSectionOffset();
    Path begun =
        Files.write(
            directory.resolve("begun"), Arrays.copyOf(Files.readAllBytes(after), (int) front));
    Download download = Download.of(SignedManifest.ofFront(begun), "cpu");
    assertEquals(List.of("w", "t"), download.sections().stream().map(Section::id).toList());
    assertTrue(holds(download, 0, front));
    for (Section section : download.sections()) {
      assertTrue(holds(download, section.offset(), section.length()));
      boolean tree = section.treeLength() > 0;
      assertTrue(!tree || holds(download, section.treeOffset(), section.treeLength()));
    }
    Section npu = manifest.section("npu").orElseThrow();
    assertTrue(!holds(download, npu.offset() + npu.length() / 2, 1));
    assertTrue(download.httpRange().startsWith("bytes=0-"));
    assertEquals(2, download.ranges().size());
  }

  @Test
  void sectionsThatAreThereAreNotFetched() {
    Download download =
        Download.of(SignedManifest.ofFront(after), "npu", SignedManifest.ofFront(before));
    Section tokens = SignedManifest.ofFront(after).manifest().section("t").orElseThrow();
    assertEquals(3, download.sections().size());
    assertTrue(!holds(download, tokens.offset(), tokens.length()));
  }

  @Test
  void ofSectionsThatChangedOnlyTheNewBlocksAreFetched() {
    try (ImageFile old = ImageFile.open(before);
        ImageFile wanted = ImageFile.open(after)) {
      Download download = Download.of(wanted, "cpu", old);
      Section weights = wanted.section("w").section();
      assertTrue(holds(download, weights.offset() + 200 * BLOCK, BLOCK));
      assertTrue(!holds(download, weights.offset() + 100 * BLOCK, BLOCK));
      assertTrue(download.total() < 200 << 10, "" + download.total());
    }
  }

  @Test
  void frontThatIsCutShortIsRefused() throws IOException {
    Path begun =
        Files.write(directory.resolve("begun"), Arrays.copyOf(Files.readAllBytes(after), 10_000));
    ProblemException e = assertThrows(ProblemException.class, () -> SignedManifest.ofFront(begun));
    assertEquals(ImageError.TRUNCATED, e.problem().code());
  }

  @Test
  void frontWithAChangedByteIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(after);
    bytes[20] ^= 1;
    Path changed = Files.write(directory.resolve("changed"), bytes);
    assertThrows(ProblemException.class, () -> SignedManifest.ofFront(changed));
  }

  @Test
  void newBytesAreToldByTensorAndLayer() {
    Inspector tensors =
        new Inspector() {
          @Override
          public Optional<Explanation> explain(Manifest manifest, MappedSection section) {
            return Optional.empty();
          }

          @Override
          public List<Part> parts(ImageFile image, Section section) {
            return section.id().equals("w")
                ? List.of(
                    new Part("b", "layer 1", 150 * BLOCK, 250 * BLOCK),
                    new Part("a", "layer 0", 0, 150 * BLOCK))
                : List.of();
          }
        };
    try (ImageFile old = ImageFile.open(before);
        ImageFile wanted = ImageFile.open(after)) {
      List<SectionNews> news = SectionNews.between(old, wanted, List.of(tensors));
      assertEquals(
          List.of("w", "npu"), news.stream().map(section -> section.section().id()).toList());
      assertEquals(BLOCK, news.getFirst().newBytes());
      assertEquals(java.util.Map.of("layer 1", (long) BLOCK), news.getFirst().groups());
      assertEquals("b", news.getFirst().parts().getFirst().part().name());
      assertEquals(List.of(), news.getLast().parts());
    }
  }
}
