package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

final class Crc32SumTest {
  private static int crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  @Test
  void sumOfPartsIsTheSumOfTheWhole() {
    byte[] bytes = Samples.random(100_000, 1);
    for (int first : new int[] {0, 1, 7, 4096, 65_536, 99_999, 100_000}) {
      for (int second : new int[] {first, (first + 100_000) / 2, 100_000}) {
        Crc32Sum sum = new Crc32Sum();
        sum.append(crc(Arrays.copyOf(bytes, first)), first);
        sum.append(crc(Arrays.copyOfRange(bytes, first, second)), second - first);
        sum.append(crc(Arrays.copyOfRange(bytes, second, bytes.length)), bytes.length - second);
        assertEquals(crc(bytes), sum.value(), first + ", " + second);
      }
    }
    assertEquals(0, new Crc32Sum().value());
  }
}
