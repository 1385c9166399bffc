package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.host.audio.WavFile;

/** A recording. */
final class WavFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(() -> WavFile.parse("hostile", content).mono());
  }
}
