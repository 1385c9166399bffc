package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import org.m4fw.checkpoint.onnx.OnnxFile;

/** An ONNX file of any maker: its weights and its graph. */
final class OnnxFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(() -> OnnxFile.read(Hostile.NAME, MemorySegment.ofArray(content)).graph());
  }
}
