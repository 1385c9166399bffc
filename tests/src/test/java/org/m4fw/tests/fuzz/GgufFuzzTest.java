package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import org.m4fw.checkpoint.gguf.GgufFile;

/** A GGUF file. */
final class GgufFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(() -> GgufFile.read(Hostile.NAME, MemorySegment.ofArray(content)));
  }
}
