package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;

/** A quantization that is killed leaves nothing half-written, and what it had finished is kept. */
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

  private Process calibrate(Path cache, Path out) throws IOException {
    return start(cache, List.of(), out, "--method", "gptq", "--calibration", tokens.toString());
  }

  private Process start(Path cache, List<String> java, Path out, String... options)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(java);
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
            "--out",
            out.toString()));
    command.addAll(List.of(options));
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
    Process killed = calibrate(cache, out);
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
    finish(calibrate(cache, out));
    for (Path file : kept) {
      assertEquals(LONG_AGO, Files.getLastModifiedTime(file));
    }

    Path undisturbed = directory.resolve("undisturbed");
    finish(calibrate(directory.resolve("other"), undisturbed));
    assertEquals(Tool.files(undisturbed), Tool.files(out));
    for (String name : Tool.files(undisturbed)) {
      assertArrayEquals(
          Files.readAllBytes(undisturbed.resolve(name)), Files.readAllBytes(out.resolve(name)));
    }
  }

  /** Weights that the killed process wrote, by its journal; none before there is one. */
  private List<String> written(Path part) throws IOException {
    Path journal = part.resolve(".journal");
    return Files.isRegularFile(journal)
        ? Files.readString(journal, StandardCharsets.UTF_8).lines().toList()
        : List.of();
  }

  private Optional<Path> part() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".part")).findFirst();
    }
  }

  /** A byte that the killed process wrote is changed, to see whether it is written again. */
  @Test
  void killedRoundingGoesOnWhereItWas() throws Exception {
    Path cache = directory.resolve("cache");
    Path out = directory.resolve("quantized");
    // Interpreted it is slow enough to be killed on the way.
    Process killed = start(cache, List.of("-Xint", "-Dm4fw.vector=false"), out);
    while (killed.isAlive() && (part().isEmpty() || written(part().get()).size() < 5)) {
      Thread.sleep(2);
    }
    killed.destroyForcibly();
    assertTrue(killed.waitFor(1, TimeUnit.MINUTES));
    assertFalse(Files.exists(out));
    Path part = part().orElseThrow();
    assertTrue(written(part).size() >= 5);

    Path undisturbed = directory.resolve("undisturbed");
    finish(start(directory.resolve("other"), List.of(), undisturbed));
    Path whole = undisturbed.resolve("model.safetensors");
    Fields first =
        Fields.of(
            "journal",
            StrictJson.parse("journal", written(part).getFirst().getBytes(StandardCharsets.UTF_8)));
    byte[] expected = Files.readAllBytes(whole);
    int at;
    try (MappedFile file = MappedFile.open(whole)) {
      Tensor tensor = SafetensorsReader.read(file).tensors().get(first.string("weight"));
      at = Math.toIntExact(Optional.ofNullable(tensor).orElseThrow().extent().offset());
    }
    expected[at] ^= 1;
    try (FileChannel channel =
        FileChannel.open(part.resolve(".model.safetensors.part"), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(expected, at, 1), at);
    }

    finish(start(cache, List.of(), out));
    assertArrayEquals(expected, Files.readAllBytes(out.resolve("model.safetensors")));
    assertEquals(Tool.files(undisturbed), Tool.files(out));
    assertTrue(part().isEmpty());
  }

  @Test
  void whatAnotherJobLeftIsRemoved() throws Exception {
    Path out = directory.resolve("quantized");
    Path left = directory.resolve(".quantized.0123456789abcdef.part");
    Files.createDirectories(left);
    Files.writeString(left.resolve(".journal"), "");
    finish(start(directory.resolve("cache"), List.of(), out));
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(out));
  }
}
