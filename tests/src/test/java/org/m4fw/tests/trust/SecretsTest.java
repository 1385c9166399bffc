package org.m4fw.tests.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.image.Kind;
import org.m4fw.tests.build.Tool;

/**
 * Whatever commands say and write, right or wrong, as people read it or as JSON, and with the
 * stacks of failures: neither a passphrase nor a private key is in it.
 */
@DisabledOnOs(OS.WINDOWS)
final class SecretsTest {
  private static final String RIGHT = "Zephyr-Quokka-1759";
  private static final String WRONG = "Wombat-Oryx-2846";

  @TempDir Path room;
  private final List<String> secrets = new ArrayList<>(List.of(RIGHT, WRONG));

  @BeforeEach
  void makeKeys() throws IOException {
    Ceremony ceremony = new Ceremony(room);
    secretFile("right", RIGHT);
    secretFile("wrong", WRONG);
    ceremony.run("keys new --out @plain");
    secrets.addAll(privateKeys(room.resolve("plain")));
    ceremony.write(Kind.IMAGE, "phone.m4img", "plain");
    assertEquals(6, secrets.size());
  }

  private void secretFile(String name, String secret) throws IOException {
    Path file = Files.writeString(room.resolve(name), secret + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** Of each key the seed, in base64 as its file has it and in hexadecimal. */
  private static List<String> privateKeys(Path identity) throws IOException {
    List<String> texts = new ArrayList<>();
    for (String name : List.of("classical", "post-quantum")) {
      String pem = Files.readString(identity.resolve(name + ".key.pem"));
      String base64 = pem.replaceAll("-----[A-Z ]+-----|\\s", "");
      byte[] der = Base64.getDecoder().decode(base64);
      texts.add(base64.substring(base64.length() - 40));
      texts.add(HexFormat.of().formatHex(der, der.length - 32, der.length));
    }
    return texts;
  }

  /** Runs a command in every manner, and searches what it says. */
  private int run(String words) {
    List<Integer> codes = new ArrayList<>();
    for (String manner : List.of(" --verbose", " --console json --verbose")) {
      List<String> all = new ArrayList<>();
      for (String word : (words.replace("#", "" + codes.size()) + manner).split(" ")) {
        all.add(word.replace("@", room + "/"));
      }
      Tool.Outcome outcome = Tool.run(all.toArray(String[]::new));
      search(words, outcome.out() + outcome.err());
      codes.add(outcome.code());
    }
    assertEquals(1, codes.stream().distinct().count(), words + " ends with " + codes);
    return codes.getFirst();
  }

  private void search(String where, String text) {
    for (String secret : secrets) {
      assertFalse(text.contains(secret), () -> where + " shows a secret: " + text);
    }
  }

  /** Nothing but the files of keys and secrets themselves. */
  private void searchFiles() throws IOException {
    try (Stream<Path> files = Files.walk(room)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = room.relativize(file).toString();
        if (!List.of("right", "wrong").contains(name) && !name.matches("plain/.*\\.key\\.pem")) {
          search(name, Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    }
  }

  @Test
  void commandsWithTheRightPassphraseShowAndWriteNoSecret() throws IOException {
    String pass = " --passphrase-file @right";
    assertEquals(0, run("keys new --out @a# --classical ecdsa-p256" + pass));
    assertEquals(0, run("keys new --out @dev# --role adapter-developer" + pass));
    assertEquals(0, run("keys show @a0"));
    assertEquals(0, run("keys show @a0/classical.pub.pem --json"));
    assertEquals(0, run("sign @phone.m4img --key @a0 --replace --out @signed#.m4img" + pass));
    assertEquals(0, run("sign @phone.m4img --key @plain --replace --json"));
    assertEquals(0, run("sign @phone.m4img --detached --out @tosign"));
    assertEquals(0, run("sign --payload @tosign --key @a0 --out @sigs# --json" + pass));
    assertEquals(0, run("keys rotate @a0 --out @next# --roots @roots#" + pass));
    assertEquals(0, run("keys lineage --key @dev0 --next @dev1 --out @lineage#.json" + pass));
    assertEquals(0, run("revoke --out @revoked#.json --key @a0 --min-index m4=1 --json" + pass));
    String export = "image export @signed0.m4img --root @a0/trust-root.json --cms --oms --out @e#";
    assertEquals(0, run(export + " --key @a0" + pass));
    searchFiles();
  }

  @Test
  void commandsWithAWrongPassphraseShowAndWriteNoSecret() throws IOException {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @a --role root --passphrase-file @right");
    String pass = " --key @a --passphrase-file @wrong";
    assertEquals(1, run("sign @phone.m4img" + pass));
    assertEquals(1, run("sign @phone.m4img --json" + pass));
    assertEquals(1, run("revoke --out @revoked.json --min-index m4=1" + pass));
    assertEquals(1, run("root sign @a/trust-root.json" + pass));
    assertEquals(1, run("keys lineage --next @plain --out @lineage.json" + pass));
    assertEquals(1, run("keys rotate @a --out @b --roots @roots --passphrase-file @wrong"));
    searchFiles();
  }

  @Test
  void passphrasesInFilesThatOthersMayReadAreRefusedUnread() throws IOException {
    new Ceremony(room).run("keys new --out @a --passphrase-file @right");
    Files.setPosixFilePermissions(
        room.resolve("right"), PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(1, run("sign @phone.m4img --key @a --passphrase-file @right"));
  }

  @Test
  void damagedAndUnencryptedKeysAreNotShown() throws IOException {
    Path file = room.resolve("plain/classical.key.pem");
    byte[] good = Files.readAllBytes(file);
    for (int at : new int[] {5, 40, good.length / 2, good.length - 5}) {
      byte[] damaged = good.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertNotEquals(0, run("sign @phone.m4img --key @plain --out @x.m4img"));
      assertTrue(run("inspect @plain") >= 0);
    }
    Files.write(file, good);
    assertTrue(run("keys show @plain/classical.key.pem") >= 0);
    assertTrue(run("inspect @plain/classical.key.pem") >= 0);
  }

  /** The word after a mistyped option may be a secret. */
  @Test
  void wordsThatNoOptionTakesAreNotRepeated() {
    assertEquals(2, run("sign @phone.m4img --key @plain --passphrase " + RIGHT));
    assertEquals(2, run("sign @phone.m4img --key @plain --pin=" + RIGHT));
    assertEquals(2, run("keys new --out @new --passphrase " + RIGHT));
  }

  /** The arguments of a program that signs can be seen by everybody, its environment by root. */
  @Test
  void aProgramThatSignsIsToldNoSecrets() throws IOException {
    Path helper = room.resolve("helper");
    Files.writeString(
        helper, "#!/bin/sh\n{ echo \"$@\"; env; } >> \"$0.seen\"\ncat > \"$0.input\"\nexit 1\n");
    Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @a --passphrase-file @right");
    Files.delete(room.resolve("a/classical.key.pem"));
    assertEquals(
        1, run("sign @phone.m4img --key @a --signing-helper @helper --passphrase-file @right"));
    assertTrue(Files.readString(room.resolve("helper.seen")).startsWith("ed25519 "));
    searchFiles();
  }
}
