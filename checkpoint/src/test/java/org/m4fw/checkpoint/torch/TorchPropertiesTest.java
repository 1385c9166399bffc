package org.m4fw.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SortedMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.m4fw.base.problem.ProblemException;

class TorchPropertiesTest {
  private static final byte[] ARCHIVE = TorchBytes.archive(state(), 24, 12);
  private static final byte[] LEGACY =
      TorchBytes.legacy(
          state(),
          Pickle.begin().op(']').text("0").op('a').text("1").op('a').end(),
          ByteBuffer.allocate(8 + 24 + 8 + 12)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(6)
              .putLong(32, 6)
              .array());

  private static byte[] state() {
    Pickle pickle = Pickle.begin().op('}').text("model").op('}', '(').text("a").matrix("0", 2, 3);
    pickle.op('q', 1).text("b");
    pickle.tensor("HalfStorage", "1", 6, 1, new long[] {2, 2}, new long[] {1, 3});
    return pickle.text("c").op('h', 1, 'u', 's').end();
  }

  private static void readOrRefused(byte[] good, List<Integer> places, List<Byte> values) {
    byte[] file = good.clone();
    for (int i = 0; i < places.size(); i++) {
      file[places.get(i) % file.length] = values.get(i);
    }
    try {
      SortedMap<String, StoredTensor> tensors = TorchBytes.read(file);
      for (StoredTensor tensor : tensors.values()) {
        assertTrue(tensor.begin() >= 0 && tensor.begin() <= file.length);
        assertTrue(!tensor.contiguous() || tensor.byteSize() <= file.length - tensor.begin());
      }
    } catch (ProblemException refused) {
      assertEquals("a.bin", refused.problem().file());
    }
  }

  @Property(tries = 4000)
  void mutatedArchivesAreReadOrRefusedButNeverCrash(
      @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 2000) Integer> places,
      @ForAll @Size(5) List<Byte> values) {
    readOrRefused(ARCHIVE, places, values);
  }

  @Property(tries = 4000)
  void mutatedOlderFilesAreReadOrRefusedButNeverCrash(
      @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 2000) Integer> places,
      @ForAll @Size(5) List<Byte> values) {
    readOrRefused(LEGACY, places, values);
  }

  @Property(tries = 2000)
  void anyOpcodesAreReadOrRefusedButNeverCrash(@ForAll @Size(max = 200) byte[] opcodes) {
    try {
      TorchBytes.read(TorchBytes.archive(opcodes, 24));
    } catch (ProblemException refused) {
      assertEquals("a.bin", refused.problem().file());
    }
  }
}
