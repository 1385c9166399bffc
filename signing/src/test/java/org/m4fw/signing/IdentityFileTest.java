package org.m4fw.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Envelope;
import org.m4fw.image.Kind;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyError;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.key.SoftHsm;
import org.m4fw.signing.key.TokenError;

/** Identities whose keys are in several places. */
class IdentityFileTest {
  @TempDir Path temporary;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    List<IdentityKey> keys =
        List.of(
            new IdentityKey("a.pub.pem", new KeyPlace.InFile("a.key.pem")),
            new IdentityKey(
                "b.pub.pem", new KeyPlace.InToken(Path.of("/usr/lib/x.so"), 0xffffffffL, "b c")),
            new IdentityKey(
                "c.pub.pem",
                new KeyPlace.WithProgram(List.of("/bin/x", "--y", ""), Duration.ofSeconds(7))));
    Files.write(temporary.resolve(IdentityFile.NAME), IdentityFile.bytes(keys));
    assertEquals(Optional.of(keys), IdentityFile.read(temporary));
  }

  /** An option that is given and passed over would sign with something else than was asked for. */
  @Test
  void aProgramThatIsAskedForTakesThePlaceOfTheOneInTheFile() throws IOException {
    IdentityKey file = new IdentityKey("a.pub.pem", new KeyPlace.InFile("a.key.pem"));
    KeyPlace.WithProgram named = new KeyPlace.WithProgram(List.of("/bin/x"), Duration.ofSeconds(7));
    KeyPlace.WithProgram asked = new KeyPlace.WithProgram(List.of("/bin/y"), Duration.ofSeconds(9));
    List<IdentityKey> keys = List.of(file, new IdentityKey("b.pub.pem", named));
    Files.write(temporary.resolve(IdentityFile.NAME), IdentityFile.bytes(keys));
    assertEquals(keys, IdentityFile.keys(temporary, Optional.empty()));
    assertEquals(
        List.of(file, new IdentityKey("b.pub.pem", asked)),
        IdentityFile.keys(temporary, Optional.of(asked)));
  }

  @Test
  void aProgramThatWouldSignNothingIsRefused() throws IOException {
    List<IdentityKey> keys =
        List.of(
            new IdentityKey("a.pub.pem", new KeyPlace.InFile("a.key.pem")),
            new IdentityKey("b.pub.pem", new KeyPlace.InToken(Path.of("/x.so"), 1, "b")));
    Files.write(temporary.resolve(IdentityFile.NAME), IdentityFile.bytes(keys));
    Optional<KeyPlace.WithProgram> program =
        Optional.of(new KeyPlace.WithProgram(List.of("/bin/x"), Duration.ofSeconds(7)));
    assertEquals(
        SigningError.PROGRAM_UNUSED,
        assertThrows(ProblemException.class, () -> IdentityFile.keys(temporary, program))
            .problem()
            .code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'public': '../a.pem', 'store': 'file', 'file': 'a'}",
        "{'public': 'a.pem', 'store': 'file', 'file': '/etc/key'}",
        "{'public': 'a.pem', 'store': 'cloud'}",
        "{'public': 'a.pem', 'store': 'pkcs11', 'module': 'x.so', 'slot': 0, 'label': 'a'}",
        "{'public': 'a.pem', 'store': 'command', 'command': []}",
        "{'public': 'a.pem', 'store': 'command', 'command': ['sign']}"
      })
  void aPlaceOutsideOfTheRulesIsRefused(String key) throws IOException {
    write("{'schema': 'm4fw/identity/1', 'keys': [" + key + "]}");
    assertRefused(SigningError.IDENTITY_FIELD);
  }

  @Test
  void anotherSchemaIsRefused() throws IOException {
    write("{'schema': 'm4fw/identity/2', 'keys': []}");
    assertRefused(SigningError.IDENTITY_FIELD);
  }

  @Test
  void noKeysAreRefused() throws IOException {
    write("{'schema': 'm4fw/identity/1', 'keys': []}");
    assertRefused(SigningError.IDENTITY_FIELD);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFileThatOthersMayChangeIsRefused() throws IOException {
    write("{'schema': 'm4fw/identity/1', 'keys': []}");
    Files.setPosixFilePermissions(
        temporary.resolve(IdentityFile.NAME), PosixFilePermissions.fromString("rw-rw----"));
    assertRefused(KeyError.CHANGEABLE);
  }

  @Test
  void anIdentityWithAKeyInATokenSigns() throws IOException {
    SoftHsm token = SoftHsm.token();
    Path directory = temporary.resolve("release");
    NewKey.InToken classical =
        new NewKey.InToken(
            new KeyPlace.InToken(token.module(), token.slot(), "identity"), Algorithm.ECDSA_P256);
    Passphrase.Source pins = pins(token);
    SigningIdentity.create(
            directory,
            "release",
            List.of(classical, new NewKey.InFile(Algorithm.ML_DSA_65)),
            Optional.empty(),
            pins)
        .close();
    try (SigningIdentity identity = SigningIdentity.open(directory, pins)) {
      Envelope envelope = new Signer(identity).sign(Kind.IMAGE.payloadType(), new byte[] {1});
      assertEquals(2, envelope.signatures().size());
      assertEquals(Algorithm.ECDSA_P256, identity.ecdsaKey().orElseThrow().algorithm());
    }
    assertFalse(Files.exists(directory.resolve("classical.key.pem")));
    assertEquals("pkcs11", IdentityListing.of(directory).privateKeys().getFirst().place().store());
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () -> SigningIdentity.open(directory, Passphrase.Source.none()).close());
    assertEquals(TokenError.NO_PIN, e.problem().code());
  }

  @Test
  void anotherKeyInTheTokenIsRefused() throws IOException {
    SoftHsm token = SoftHsm.token();
    Passphrase.Source pins = pins(token);
    for (String name : List.of("first", "second")) {
      SigningIdentity.create(
              temporary.resolve(name),
              "release",
              List.of(
                  new NewKey.InToken(
                      new KeyPlace.InToken(token.module(), token.slot(), name),
                      Algorithm.ECDSA_P256),
                  new NewKey.InFile(Algorithm.ML_DSA_65)),
              Optional.empty(),
              pins)
          .close();
    }
    Path file = temporary.resolve("first/identity.json");
    Files.writeString(file, Files.readString(file).replace("\"first\"", "\"second\""));
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () -> SigningIdentity.open(temporary.resolve("first"), pins).close());
    assertEquals(TokenError.OTHER_KEY, e.problem().code());
  }

  @Test
  void twoKeysOfOneClassAreRefused() {
    List<NewKey> keys =
        List.of(new NewKey.InFile(Algorithm.ED25519), new NewKey.InFile(Algorithm.ECDSA_P256));
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () ->
                SigningIdentity.create(
                    temporary.resolve("new"),
                    "release",
                    keys,
                    Optional.empty(),
                    Passphrase.Source.none()));
    assertEquals(SigningError.WRONG_KEYS, e.problem().code());
  }

  private static Passphrase.Source pins(SoftHsm token) {
    return new Passphrase.Source() {
      @Override
      public Passphrase ask(Path keyFile) {
        return Passphrase.Source.none().ask(keyFile);
      }

      @Override
      public Passphrase pin(String name) {
        return token.pin();
      }
    };
  }

  private void write(String json) throws IOException {
    Files.writeString(temporary.resolve(IdentityFile.NAME), json.replace('\'', '"'));
  }

  private void assertRefused(ErrorCode code) {
    ProblemException e = assertThrows(ProblemException.class, () -> IdentityFile.read(temporary));
    assertEquals(code, e.problem().code());
  }
}
