package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import org.m4fw.checkpoint.SafetensorsReader;

/** A safetensors file. */
final class SafetensorsFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(
        () ->
            Hostile.touch(
                SafetensorsReader.read(Hostile.NAME, 0, MemorySegment.ofArray(content))
                    .tensors()
                    .values()));
  }
}
