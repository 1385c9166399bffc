package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.progress.Progress;

class ImageWriterTest {
  @TempDir Path directory;

  @Test
  void whatIsWrittenIsRead() {
    Path path = directory.resolve("a.m4img");
    SignedImage signed = Samples.write(path);
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(Progress.silent());
      assertEquals(signed.imageId(), image.imageId());
      assertEquals(signed.manifest(), image.manifest());
      assertArrayEquals(
          Samples.random(10_000, 1),
          image.section("weights").bytes().toArray(ValueLayout.JAVA_BYTE));
      assertEquals(0, image.section("weights").offset() % 16384);
    }
  }
}
