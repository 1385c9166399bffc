package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/** What is not asked for is not mapped. */
final class MappingTest {
  @TempDir Path directory;

  @Test
  void openingMapsNothing() {
    Path path = directory.resolve("image");
    Samples.write(path);
    try (ImageFile image = ImageFile.open(path)) {
      image.sections();
      assertEquals(List.of(), image.mapped());
    }
  }

  @Test
  void verifyingASectionMapsItAndItsTree() {
    Path path = directory.resolve("image");
    Samples.write(
        path,
        Samples.draft(Kind.IMAGE),
        List.of(
            SectionSource.of(Samples.spec("one", "one.bin"), Samples.random(10_000, 1)),
            SectionSource.of(Samples.spec("two", "two.bin"), Samples.random(10_000, 2))));
    try (ImageFile image = ImageFile.open(path)) {
      Section two = image.section("two").section();
      image.verifyIntegrity(List.of(two), OrderedWork.onThreads(1), Progress.silent());
      assertEquals(
          List.of(
              new FileRanges.Range(two.treeOffset(), two.treeLength()),
              new FileRanges.Range(two.offset(), two.length())),
          image.mapped());
    }
  }
}
