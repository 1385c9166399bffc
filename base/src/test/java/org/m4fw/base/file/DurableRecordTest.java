package org.m4fw.base.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;

final class DurableRecordTest {
  private static final int COPY = 4096;

  @TempDir Path directory;

  private void write(int content) {
    DurableRecord.write(Storage.onDisk(directory), "state", new byte[] {(byte) content});
  }

  private Path file() {
    return directory.resolve("state");
  }

  private int read() {
    return DurableRecord.read(file()).orElseThrow()[0];
  }

  @Test
  void lastContentIsRead() {
    assertTrue(DurableRecord.read(file()).isEmpty());
    for (int i = 0; i < 5; i++) {
      write(i);
      assertEquals(i, read());
    }
  }

  @Test
  void writingLeavesTheOtherCopyAlone() throws IOException {
    write(1);
    write(2);
    byte[] before = Files.readAllBytes(file());
    write(3);
    byte[] after = Files.readAllBytes(file());
    assertArrayEquals(
        Arrays.copyOfRange(before, COPY, 2 * COPY), Arrays.copyOfRange(after, COPY, 2 * COPY));
  }

  @Test
  void anyDamageToTheNewestCopyGivesTheOneBefore() throws IOException {
    write(1);
    write(2);
    byte[] good = Files.readAllBytes(file());
    for (int at = COPY; at < COPY + 25; at++) {
      byte[] damaged = good.clone();
      damaged[at] ^= 0x40;
      Files.write(file(), damaged);
      assertEquals(1, read(), "byte " + at);
    }
  }

  @Test
  void cutShortItGivesTheCopyThatIsWhole() throws IOException {
    write(1);
    write(2);
    Files.write(file(), Arrays.copyOf(Files.readAllBytes(file()), 2 * COPY - 1));
    assertEquals(1, read());
  }

  @Test
  void damageToBothCopiesIsRefused() throws IOException {
    write(1);
    Files.write(file(), new byte[2 * COPY]);
    ProblemException e = assertThrows(ProblemException.class, this::read);
    assertEquals(FileError.BOTH_COPIES_DAMAGED, e.problem().code());
  }

  @Test
  void numberThatHasNoNextOneIsDamage() throws IOException {
    write(1);
    ByteBuffer copy = ByteBuffer.wrap(Files.readAllBytes(file())).order(ByteOrder.LITTLE_ENDIAN);
    copy.putLong(8, Long.MAX_VALUE);
    CRC32C crc = new CRC32C();
    crc.update(copy.array(), 0, 21);
    copy.putInt(21, (int) crc.getValue());
    Files.write(file(), copy.array());
    ProblemException e = assertThrows(ProblemException.class, () -> write(2));
    assertEquals(FileError.BOTH_COPIES_DAMAGED, e.problem().code());
  }

  @Test
  void contentLongerThanACopyIsRefused() {
    Storage storage = Storage.onDisk(directory);
    DurableRecord.write(storage, "most", new byte[DurableRecord.CAPACITY]);
    byte[] more = new byte[DurableRecord.CAPACITY + 1];
    assertThrows(ProblemException.class, () -> DurableRecord.write(storage, "more", more));
  }
}
