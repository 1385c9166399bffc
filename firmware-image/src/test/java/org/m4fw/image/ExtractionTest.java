package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

class ExtractionTest {
  private static final int LENGTH = 2_100_000;

  @TempDir Path directory;

  @Test
  void sectionsBecomeFiles() throws IOException {
    Path out = directory.resolve("out");
    assertEquals(List.of(Path.of("a", "x", "a.bin"), Path.of("b", "b.bin")), extract(write(), out));
    assertArrayEquals(Samples.random(LENGTH, 1), Files.readAllBytes(out.resolve("a/x/a.bin")));
    assertArrayEquals(new byte[0], Files.readAllBytes(out.resolve("b/b.bin")));
  }

  @Test
  void brokenSectionLeavesNothing() throws IOException {
    Path path = write();
    byte[] bytes = Files.readAllBytes(path);
    try (ImageFile image = ImageFile.open(path)) {
      bytes[(int) image.section("a").offset() + LENGTH - 1] ^= 1;
    }
    Files.write(path, bytes);
    Path out = directory.resolve("out");
    ProblemException e = assertThrows(ProblemException.class, () -> extract(path, out));
    assertEquals(ImageError.DATA_CORRUPT, e.problem().code());
    assertFalse(Files.exists(out));
  }

  private Path write() {
    Path path = directory.resolve("a.m4img");
    Samples.write(
        path,
        Samples.draft(Kind.IMAGE),
        List.of(
            SectionSource.of(Samples.spec("a", "x/a.bin"), Samples.random(LENGTH, 1)),
            SectionSource.of(Samples.spec("b", "b.bin"), new byte[0])));
    return path;
  }

  private static List<Path> extract(Path path, Path out) {
    try (ImageFile image = ImageFile.open(path);
        OutputDirectory target = OutputDirectory.create(out)) {
      List<Path> written =
          Extraction.extract(
              image,
              image.manifest().sections(),
              target,
              OrderedWork.onThreads(2),
              Progress.silent());
      target.commit();
      return written;
    }
  }
}
