package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A calibration that is killed leaves nothing half-written, and what it had finished is kept. */
final class InterruptedQuantizationTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

  @TempDir Path directory;
  private Path tokens = Path.of("");

  @BeforeEach
  void writeTokens() throws IOException {
    tokens = directory.resolve("tokens.json");
    Files.writeString(
        tokens,
        IntStream.range(0, 64)
            .mapToObj(i -> Integer.toString(i * 31 % 2000))
            .collect(Collectors.joining(", ", "{\"window\": 32, \"ids\": [", "]}")));
  }

  private Process start(Path cache, Path out) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.module=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            "org.m4fw.cli.Main",
            "quantize",
            Tool.ROOT.resolve("examples/kjv/kjv-llama").toString(),
            "--scheme",
            "int4",
            "--method",
            "gptq",
            "--calibration",
            tokens.toString(),
            "--out",
            out.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("out.txt").toFile())
            .redirectError(directory.resolve("err.txt").toFile());
    builder.environment().put("M4FW_CACHE_DIR", cache.toString());
    return builder.start();
  }

  private void finish(Process process) throws Exception {
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    assertEquals(
        0,
        process.exitValue(),
        Files.readString(directory.resolve("err.txt"), StandardCharsets.UTF_8));
  }

  /** The files that say that a weight is finished. */
  private static List<Path> finished(Path cache) throws IOException {
    return Tool.files(cache).stream()
        .filter(name -> name.matches("weights/[0-9a-f]{2}/[0-9a-f]{64}\\.json"))
        .map(cache::resolve)
        .toList();
  }

  @Test
  void killedCalibrationGoesOnWhereItWas() throws Exception {
    Path cache = directory.resolve("cache");
    Path out = directory.resolve("quantized");
    Process killed = start(cache, out);
    while (killed.isAlive() && finished(cache).size() < 8) {
      Thread.sleep(5);
    }
    killed.destroyForcibly();
    assertTrue(killed.waitFor(1, TimeUnit.MINUTES));
    assertNotEquals(0, killed.exitValue());
    assertFalse(Files.exists(out));

    List<Path> kept = finished(cache);
    assertTrue(kept.size() >= 8, () -> "only " + kept.size() + " weights were finished");
    for (Path file : kept) {
      Files.setLastModifiedTime(file, LONG_AGO);
    }
    finish(start(cache, out));
    for (Path file : kept) {
      assertEquals(LONG_AGO, Files.getLastModifiedTime(file));
    }

    Path undisturbed = directory.resolve("undisturbed");
    finish(start(directory.resolve("other"), undisturbed));
    assertEquals(Tool.files(undisturbed), Tool.files(out));
    for (String name : Tool.files(undisturbed)) {
      assertArrayEquals(
          Files.readAllBytes(undisturbed.resolve(name)), Files.readAllBytes(out.resolve(name)));
    }
  }
}
