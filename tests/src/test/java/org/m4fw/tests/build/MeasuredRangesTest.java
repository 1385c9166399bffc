package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges for a device of whole numbers are measured once, and used for any compilation after. */
final class MeasuredRangesTest {
  private static final Path MODEL = Tool.ROOT.resolve("examples/kjv/kjv-llama");
  private static final String FILE = "decoder.pixel7pro-tpu.tflite";

  @TempDir static Path directory;

  @BeforeAll
  static void measure() throws IOException {
    StringBuilder ids = new StringBuilder("1");
    for (int i = 1; i < 16; i++) {
      ids.append(',').append(3 + 7 * i);
    }
    Files.writeString(
        directory.resolve("tokens.json"), "{\"window\": 16, \"ids\": [%s]}".formatted(ids));
    Tool.Outcome outcome =
        compile(MODEL, "measured", "--calibration", directory.resolve("tokens.json").toString());
    assertEquals(0, outcome.code(), outcome.err());
  }

  private static Tool.Outcome compile(Path model, String out, String... more) {
    return Tool.run(
        Stream.concat(
                Stream.of(
                    "compile",
                    model.toString(),
                    "--target",
                    "pixel7pro-tpu",
                    "--sizes",
                    "sequence_length=4,past_sequence_length=12",
                    "--out",
                    directory.resolve(out).toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static Path ranges() {
    return directory.resolve("measured/pixel7pro-tpu.ranges.json");
  }

  private static Path changed(String name, String from, String to) throws IOException {
    String text = Files.readString(ranges());
    assertTrue(text.contains(from));
    return Files.writeString(directory.resolve(name), text.replace(from, to));
  }

  @Test
  void compilationWithRangesGivesTheSameFile() throws IOException {
    Tool.Outcome outcome = compile(MODEL, "again", "--ranges", ranges().toString());
    assertEquals(0, outcome.code(), outcome.err());
    for (String file : List.of(FILE, "pixel7pro-tpu.ranges.json")) {
      assertArrayEquals(
          Files.readAllBytes(directory.resolve("measured").resolve(file)),
          Files.readAllBytes(directory.resolve("again").resolve(file)));
    }
    assertFalse(outcome.err().contains("calibrate"), outcome.err());
    assertFalse(outcome.err().contains("other weights"), outcome.err());
  }

  /** The checkpoint in eight bits has the same graph, and its ranges can be measured itself. */
  @Test
  void rangesHoldForTheModelInEightBits() throws IOException {
    Path eight = directory.resolve("eight");
    Tool.Outcome quantized =
        Tool.run("quantize", MODEL.toString(), "--scheme", "int8", "--out", eight.toString());
    assertEquals(0, quantized.code(), quantized.err());
    Tool.Outcome outcome = compile(eight, "from-eight", "--ranges", ranges().toString());
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("other weights"), outcome.err());
    assertEquals(
        Files.size(directory.resolve("measured").resolve(FILE)),
        Files.size(directory.resolve("from-eight").resolve(FILE)));
    Tool.Outcome itself =
        compile(eight, "itself", "--calibration", directory.resolve("tokens.json").toString());
    assertEquals(0, itself.code(), itself.err());
  }

  @Test
  void rangesOfOtherGraphsAreRefused() throws IOException {
    Path other = changed("parts.json", "\"decoder\"", "\"encoder\"");
    Tool.Outcome outcome = compile(MODEL, "refused", "--ranges", other.toString());
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("ranges of encoder"), outcome.error());
    assertFalse(Files.exists(directory.resolve("refused")));
  }

  @Test
  void valueWithoutRangeIsNamed() throws IOException {
    Path other = changed("names.json", "model.layers.3.mlp.up_proj", "model.layers.3.mlp.up");
    Tool.Outcome outcome = compile(MODEL, "refused", "--ranges", other.toString());
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("model.layers.3.mlp.up_proj"), outcome.error());
  }

  @Test
  void rangesOfSmoothedModelsAreForThese() throws IOException {
    Path other = changed("smooth.json", "\"parts\"", "\"smooth\" : 0.5, \"parts\"");
    Tool.Outcome outcome = compile(MODEL, "refused", "--ranges", other.toString());
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("--smooth 0.5"), outcome.error());
  }

  @Test
  void whatNeedsMeasuringIsRefusedWithRanges() {
    for (String option : List.of("--min-sqnr=10", "--adapter=examples/kjv/licence-lora")) {
      Tool.Outcome outcome =
          compile(MODEL, "refused", "--ranges", ranges().toString(), "--adapter-rank=4", option);
      assertEquals(2, outcome.code());
      assertTrue(outcome.error().contains("with --ranges nothing is"), outcome.error());
    }
  }
}
