package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.m4fw.checkpoint.torch.TorchFile;

/** The pickle of a PyTorch file alone, in front of which all is sound. */
final class UnpicklerFuzzTest {
  /** Pickles of the magic number, the version 1001 and {@code {"little_endian": True}}. */
  private static final byte[] START =
      HexFormat.of()
          .parseHex(
              "80028a0a6cfc9c46f9206aa850192e"
                  + "80024de9032e"
                  + "80027d580d0000006c6974746c655f656e6469616e88732e");

  @FuzzTest
  void pickle(byte[] content) {
    byte[] file =
        ByteBuffer.allocate(START.length + content.length).put(START).put(content).array();
    Hostile.parse(() -> TorchFile.read(Hostile.NAME, MemorySegment.ofArray(file)));
  }
}
