package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.audio.Sound;
import org.m4fw.host.audio.WavFile;
import org.m4fw.host.audio.WavWriter;
import org.m4fw.host.image.DecodedImage;
import org.m4fw.host.image.ImageFile;
import org.m4fw.host.image.RgbImage;
import tools.jackson.databind.JsonNode;

/** The image of all nine components, and one task for each of the four kinds of paths, and more. */
final class M4TinyTest {
  @TempDir static Path directory;
  private static Path image = Path.of("");

  @BeforeAll
  static void build() throws IOException {
    Tool.copy(Tool.ROOT.resolve("examples/m4-tiny"), directory.resolve("m4-tiny"));
    Tool.copy(Tool.ROOT.resolve("examples/kjv"), directory.resolve("kjv"));
    Tool.Outcome outcome =
        Tool.run(
            "build",
            directory.resolve("m4-tiny/recipe.json").toString(),
            "--locked",
            "--out",
            directory.resolve("out").toString(),
            "--cache",
            directory.resolve("cache").toString());
    assertEquals(0, outcome.code(), outcome.err());
    image = directory.resolve("out/m4-tiny-1.0.0.m4img");
  }

  /** What the task gives as JSON, after a look at which components were opened for it. */
  private static JsonNode ask(List<String> components, String task, String... options) {
    List<String> command = new ArrayList<>(List.of("run", image.toString(), "--task", task));
    command.addAll(List.of(options));
    command.add("--json");
    Tool.Outcome outcome = Tool.run(command.toArray(String[]::new));
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode report = StrictJson.parse("report", outcome.out().getBytes(StandardCharsets.UTF_8));
    List<String> opened = new ArrayList<>();
    report.get("opened").forEach(one -> opened.add(one.get("name").stringValue()));
    assertEquals(components, opened);
    for (String component : components) {
      assertTrue(outcome.err().contains("open " + component), outcome.err());
    }
    return report;
  }

  private static Path picture() throws IOException {
    byte[] pixels = new byte[3 * 40 * 30];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 7 % 251);
    }
    return Files.write(
        directory.resolve("picture.png"), DecodedImage.png(new RgbImage(40, 30, pixels)));
  }

  private static Path tone() {
    float[] samples = new float[40_000];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (0.3 * Math.sin(i * 0.17));
    }
    Path file = directory.resolve("tone.wav");
    WavWriter.write(Sound.mono(16_000, samples), file);
    return file;
  }

  private static Path movement() throws IOException {
    String lines =
        IntStream.range(0, 2000)
            .mapToObj(
                i ->
                    IntStream.range(0, 6)
                        .mapToObj(
                            axis ->
                                String.format(Locale.ROOT, "%.4f", Math.sin(0.1 * i * (axis + 1))))
                        .collect(Collectors.joining(",")))
            .collect(Collectors.joining("\n"));
    return Files.writeString(directory.resolve("movement.csv"), lines);
  }

  @Test
  void questionAboutAnImageIsAnsweredWithText() throws IOException {
    List<String> components = List.of("img-enc", "projection", "backbone");
    JsonNode report = ask(components, "ask-image", "--image", picture().toString());
    assertEquals(1, report.get("kind").intValue());
    assertFalse(report.get("answer").get("text").stringValue().isBlank());
  }

  @Test
  void questionAboutASoundIsAnsweredWithText() {
    List<String> components = List.of("aud-b-enc", "projection", "backbone");
    JsonNode report = ask(components, "ask-sound", "--audio", tone().toString());
    assertFalse(report.get("answer").get("text").stringValue().isBlank());
  }

  @Test
  void speechIsWrittenDownAndAnsweredWithText() {
    List<String> components = List.of("aud-i-enc", "backbone");
    JsonNode report = ask(components, "ask-speech", "--audio", tone().toString());
    assertTrue(report.get("heard").isString());
    assertFalse(report.get("answer").get("text").stringValue().isBlank());
  }

  @Test
  void labelsAreEvaluated() throws IOException {
    String[] question = {
      "--imu", movement().toString(), "--label", "walking", "--label", "sitting"
    };
    String label =
        ask(List.of("imu-enc", "txt-enc"), "activity", question)
            .get("answer")
            .get("label")
            .stringValue();
    Path data =
        Files.writeString(
            directory.resolve("windows.jsonl"),
            """
            {"imu": "movement.csv", "labels": ["walking", "sitting"], "references": ["%s"]}
            {"imu": "movement.csv", "labels": ["walking", "sitting"], "references": ["flying"]}
            """
                .formatted(label));
    Tool.Outcome outcome =
        Tool.run(
            "eval",
            image.toString(),
            "--task",
            "activity",
            "--data",
            data.toString(),
            "--metric",
            "recall@1");
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals("recall@1    0.5000", outcome.out().lines().findFirst().orElse(""));
  }

  @Test
  void textIsContinuedAsTheBackboneAloneContinuesIt() {
    JsonNode report =
        ask(List.of("backbone"), "continue", "--text", "In the beginning", "--max-tokens", "12");
    Tool.Outcome alone =
        Tool.run(
            "generate",
            image.toString(),
            "--component",
            "backbone",
            "--prompt",
            "In the beginning",
            "--max-tokens",
            "12");
    assertEquals(alone.out().strip(), report.get("answer").get("text").stringValue());
  }

  @Test
  void movementIsMatchedAgainstLabels() throws IOException {
    List<String> components = List.of("imu-enc", "txt-enc");
    JsonNode answer =
        ask(
                components,
                "activity",
                "--imu",
                movement().toString(),
                "--label",
                "walking",
                "--label",
                "sitting")
            .get("answer");
    double sum = 0;
    for (JsonNode label : answer.get("probabilities")) {
      sum += label.get("probability").doubleValue();
    }
    assertEquals(2, answer.get("probabilities").size());
    assertEquals(1, sum, 1e-9);
    assertEquals(
        answer.get("probabilities").get(0).get("label").stringValue(),
        answer.get("label").stringValue());
  }

  @Test
  void textIsSpoken() {
    Path out = directory.resolve("speech.wav");
    ask(List.of("tts-dec"), "speak", "--text", "good morning", "--out", out.toString());
    Sound sound = WavFile.read(out);
    assertEquals(16_000, sound.rate());
    assertTrue(sound.length() > 1000);
    float first = sound.firstChannel()[0];
    assertTrue(
        IntStream.range(0, sound.length()).anyMatch(i -> sound.firstChannel()[i] != first),
        "silence");
  }

  @Test
  void textIsDrawnAndTheSeedDecidesHow() throws IOException {
    Path one = directory.resolve("one.png");
    Path other = directory.resolve("other.png");
    ask(List.of("img-dec"), "draw", "--text", "a cat", "--out", one.toString());
    ask(List.of("img-dec"), "draw", "--text", "a cat", "--seed", "1", "--out", other.toString());
    assertEquals(64, ImageFile.read(one).width());
    assertEquals(64, ImageFile.read(one).height());
    assertNotEquals(-1, Files.mismatch(one, other));
  }
}
