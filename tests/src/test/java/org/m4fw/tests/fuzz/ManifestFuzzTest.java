package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.image.ManifestJson;

/** The manifest of an image, as it is before anybody has checked its signature. */
final class ManifestFuzzTest {
  @FuzzTest
  void manifest(byte[] content) {
    Hostile.parse(() -> ManifestJson.parse("hostile", content));
  }
}
