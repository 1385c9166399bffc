package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.host.image.ImageFile;

/** A picture: PNG, JPEG or BMP. */
final class ImageFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(() -> ImageFile.parse("hostile", content));
  }
}
