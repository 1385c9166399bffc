package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.DeviceKeys;
import org.m4fw.signing.trust.TrustRoot;

/**
 * The verifier in C, built here with all warnings as errors and, unless it is to be fast, with
 * sanitizers, answering for as many variants as are asked about. Where there is no C compiler or no
 * OpenSSL, tests that need it are skipped and say so.
 */
final class DeviceVerifier implements AutoCloseable {
  static final Path SOURCE =
      Path.of(System.getProperty("m4fw.root", ".."))
          .toAbsolutePath()
          .normalize()
          .resolve("firmware-image/device");

  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private byte[] base = new byte[0];

  private DeviceVerifier(Process process) {
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.US_ASCII);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  static DeviceVerifier start(Path directory, boolean sanitized) {
    Path program = directory.resolve("batch");
    List<String> flags =
        sanitized
            ? List.of("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
            : List.of("-O2");
    compile(program, flags, "test/batch.c");
    try {
      return new DeviceVerifier(
          new ProcessBuilder(program.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Builds a program around the verifier. */
  static void compile(Path program, List<String> flags, String main) {
    assumeTrue(
        runs(List.of("gcc", "--version")).isPresent(),
        "SKIPPED: the verifier for devices is not tested, as there is no gcc");
    assumeTrue(
        Files.exists(Path.of("/usr/include/openssl/evp.h")),
        "SKIPPED: the verifier for devices is not tested, as OpenSSL's headers are missing");
    List<String> command = new ArrayList<>(List.of("gcc", "-std=c11", "-Wall", "-Wextra"));
    command.addAll(List.of("-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"));
    command.addAll(flags);
    command.addAll(List.of("-o", program.toString()));
    for (String file : List.of(main, "example_parts.c", "m4fw_verify.c", "m4fw_crypto.c")) {
      command.add(SOURCE.resolve(file).toString());
    }
    command.add("-lcrypto");
    assertEquals(Optional.of(""), runs(command));
  }

  /** What a program says if it ends well. */
  static Optional<String> runs(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? Optional.of(said) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Trusts what a trust root does. */
  void trust(Path root, Path directory, String... options) {
    Path keys = directory.resolve("keys.txt");
    write(keys, DeviceKeys.text(TrustRoot.read(root), Kind.IMAGE));
    send("keys %s %s".formatted(keys, String.join(" ", options)).strip());
  }

  /** Makes variants of this file from now on. */
  void base(Path file) {
    base = GoodImage.read(file);
    send("base " + file);
  }

  /** The verdict on a variant: code, offset and item. */
  String of(byte[] variant) {
    StringBuilder command = new StringBuilder("case ").append(variant.length);
    byte[] before = Arrays.copyOf(base, variant.length);
    for (int at = Arrays.mismatch(before, variant); at >= 0; ) {
      int end = at;
      while (end < variant.length && end - at < 4096 && before[end] != variant[end]) {
        end++;
      }
      command.append(' ').append(at).append(':');
      HexFormat.of().formatHex(command, variant, at, end);
      int next = Arrays.mismatch(before, end, before.length, variant, end, variant.length);
      at = next < 0 ? -1 : end + next;
    }
    send(command.toString());
    return answer();
  }

  String of(Path file) {
    send("file " + file);
    return answer();
  }

  /** The verdicts on the base with flipped bits; {@code bits} 0: one in each byte, as it falls. */
  List<String> flips(int from, int to, int bits) {
    send("flip %s %s %s".formatted(from, to, bits));
    int each = bits == 0 ? 1 : Integer.bitCount(bits);
    List<String> verdicts = new ArrayList<>();
    for (int i = 0; i < (to - from) * each; i++) {
      verdicts.add(answer());
    }
    return verdicts;
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(String command) {
    try {
      commands.write(command);
      commands.write('\n');
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String answer() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("the verifier in C has ended");
      }
      return line.strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      commands.close();
      assertEquals(0, process.waitFor(), "how the verifier in C ends");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
