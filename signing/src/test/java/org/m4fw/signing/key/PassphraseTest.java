package org.m4fw.signing.key;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

/** Passphrases and PINs in files. */
final class PassphraseTest {
  private static final String SECRET = "höRse staple";

  @TempDir Path directory;

  private Path file(byte[] bytes, String permissions) throws IOException {
    Path file = Files.write(directory.resolve("pin"), bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Problem refusal(ErrorCode code, Path file) {
    Problem problem = assertThrows(ProblemException.class, () -> Passphrase.read(file)).problem();
    assertEquals(code, problem.code());
    return problem;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n", "\nsecond line\n"})
  void theFirstLineIsThePassphrase(String rest) throws IOException {
    try (Passphrase passphrase = Passphrase.read(file(utf8(SECRET + rest), "rw-------"))) {
      assertArrayEquals(utf8(SECRET), passphrase.utf8());
    }
  }

  @ParameterizedTest
  @DisabledOnOs(OS.WINDOWS)
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw------x"})
  void aFileThatOthersMayReadOrChangeIsRefused(String permissions) throws IOException {

    Problem problem = refusal(KeyError.PERMISSIONS, file(utf8(SECRET), permissions));
    assertTrue(problem.hint().contains("chmod 600"), problem.hint());
    assertFalse(problem.text().contains(SECRET), problem.text());
  }

  @Test
  void anEmptyFileIsRefused() throws IOException {
    refusal(KeyError.EMPTY_PASSPHRASE, file(new byte[0], "rw-------"));
    refusal(KeyError.EMPTY_PASSPHRASE, file(utf8("\nsecret"), "rw-------"));
  }

  @Test
  void aFileThatIsNoTextIsRefused() throws IOException {
    refusal(FileError.UNREADABLE, file(new byte[] {(byte) 0xc3, 0x28}, "rw-------"));
  }

  @Test
  void aFileThatIsTooLargeIsRefused() throws IOException {
    refusal(KeyError.PASSPHRASE_TOO_LONG, file(new byte[(64 << 10) + 1], "rw-------"));
  }

  @Test
  void aMissingFileAndADirectoryAreRefused() throws IOException {
    refusal(FileError.NOT_FOUND, directory.resolve("missing"));
    Path inner = Files.createDirectory(directory.resolve("inner"));
    Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("rwx------"));
    refusal(FileError.UNREADABLE, inner);
  }
}
