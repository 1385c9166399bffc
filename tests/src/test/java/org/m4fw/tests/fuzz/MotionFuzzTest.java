package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.host.motion.MotionFile;

/** Movement, as a NumPy array or a table. */
final class MotionFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(() -> MotionFile.parse("hostile", content));
  }
}
