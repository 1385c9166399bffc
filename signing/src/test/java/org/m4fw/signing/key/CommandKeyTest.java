package org.m4fw.signing.key;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

/** Programs that sign: shell scripts that hand out what a key made before. */
@DisabledOnOs(OS.WINDOWS)
class CommandKeyTest {
  private static final byte[] MESSAGE = "a message".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temporary;

  @ParameterizedTest
  @EnumSource(names = {"ED25519", "ECDSA_P256", "ML_DSA_65"})
  void aProgramSigns(Algorithm algorithm) throws IOException {
    SoftwareKey key = SoftwareKey.generate(algorithm);
    CommandKey command = command(key, gives(key.sign(MESSAGE)));
    assertArrayEquals(key.sign(MESSAGE), command.sign(MESSAGE));
  }

  @Test
  void theProgramGetsTheMessageAndWhichKeyIsMeant() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    Path signature = file(key.sign(MESSAGE));
    Path seen = temporary.resolve("seen");
    CommandKey command =
        command(
            key,
            "cat > %s; echo \"$@\" > %s.arguments; cat %s".formatted(seen, seen, signature),
            "--profile",
            "a b; touch x");
    command.sign(MESSAGE);
    assertArrayEquals(MESSAGE, Files.readAllBytes(seen));
    assertEquals(
        "--profile a b; touch x ed25519 %s\n".formatted(key.verificationKey().id()),
        Files.readString(temporary.resolve("seen.arguments")));
  }

  @Test
  void ecdsaSignaturesMayComeAsDerWithEitherS() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ECDSA_P256);
    byte[] good = key.sign(MESSAGE);
    BigInteger n = EcdsaRules.of(Algorithm.ECDSA_P256).order();
    BigInteger r = new BigInteger(1, Arrays.copyOf(good, 32));
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(good, 32, 64));
    for (BigInteger either : List.of(s, n.subtract(s))) {
      byte[] der = StandardDSAEncoding.INSTANCE.encode(n, r, either);
      assertArrayEquals(good, command(key, gives(der)).sign(MESSAGE));
    }
  }

  @Test
  void aMessageLargerThanAPipeArrives() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    byte[] large = new byte[1 << 20];
    Path seen = temporary.resolve("seen");
    Path signature = file(key.sign(large));
    command(key, "cat > %s; cat %s".formatted(seen, signature)).sign(large);
    assertArrayEquals(large, Files.readAllBytes(seen));
  }

  @Test
  void aProgramThatDoesNotReadCanSignAnyway() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    byte[] large = new byte[1 << 20];
    CommandKey command = command(key, "cat %s".formatted(file(key.sign(large))));
    assertArrayEquals(key.sign(large), command.sign(large));
  }

  @Test
  void aSignatureByAnotherKeyIsRefused() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    byte[] other = SoftwareKey.generate(Algorithm.ED25519).sign(MESSAGE);
    assertRefused(SigningProgramError.WRONG_SIGNATURE, command(key, gives(other)));
  }

  @Test
  void somethingElseThanASignatureIsRefused() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ECDSA_P384);
    assertRefused(SigningProgramError.WRONG_SIGNATURE, command(key, gives(new byte[0])));
    assertRefused(SigningProgramError.WRONG_SIGNATURE, command(key, "echo signature"));
  }

  @Test
  void anExitCodeIsRefusedEvenWithASignature() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    assertRefused(SigningProgramError.FAILED, command(key, gives(key.sign(MESSAGE)) + "; exit 3"));
  }

  @Test
  void endlessOutputIsCutOff() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    assertRefused(SigningProgramError.TOO_MUCH, command(key, "yes"));
  }

  @Test
  void aProgramThatTakesTooLongIsEnded() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    CommandKey command =
        new CommandKey(
            List.of(script("sleep 600").toString()),
            Duration.ofMillis(300),
            Set.of(),
            key.verificationKey());
    assertRefused(SigningProgramError.TOO_SLOW, command);
  }

  @Test
  void aProgramThatIsNotThereIsRefused() {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    CommandKey command =
        new CommandKey(
            List.of(temporary.resolve("none").toString()),
            Duration.ofSeconds(5),
            Set.of(),
            key.verificationKey());
    assertRefused(SigningProgramError.NOT_STARTED, command);
  }

  private CommandKey command(SoftwareKey key, String script, String... arguments)
      throws IOException {
    List<String> words = new ArrayList<>(List.of(script(script).toString()));
    words.addAll(List.of(arguments));
    return new CommandKey(words, Duration.ofMinutes(2), Set.of("HOME"), key.verificationKey());
  }

  /** As of the passphrase of another key of the identity. */
  @Test
  void aProgramDoesNotSeeWhatIsWithheld() throws IOException {
    assertTrue(System.getenv().containsKey("HOME"));
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    Path seen = temporary.resolve("seen");
    CommandKey command = command(key, "env > " + seen + "; exit 3");
    assertRefused(SigningProgramError.FAILED, command);
    List<String> names =
        Files.readAllLines(seen).stream().map(s -> s.replaceAll("=.*", "")).toList();
    assertTrue(names.contains("PATH"), names.toString());
    assertFalse(names.contains("HOME"), names.toString());
  }

  private String gives(byte[] signature) throws IOException {
    return "cat > /dev/null; cat " + file(signature);
  }

  private Path file(byte[] bytes) throws IOException {
    Path file = Files.createTempFile(temporary, "signature", "");
    return Files.write(file, bytes);
  }

  private Path script(String text) throws IOException {
    Path script = Files.createTempFile(temporary, "sign", ".sh");
    Files.writeString(script, "#!/bin/sh\n" + text + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  private static void assertRefused(ErrorCode code, CommandKey key) {
    ProblemException e = assertThrows(ProblemException.class, () -> key.sign(MESSAGE));
    assertEquals(code, e.problem().code());
  }
}
