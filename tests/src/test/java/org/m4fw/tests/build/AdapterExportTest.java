package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.ort.OnnxAdapterReader;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.SafetensorsReader;

/** The adapter of a package in the forms of others. */
final class AdapterExportTest {
  @TempDir Path directory;

  private Path image;
  private Path packaged;

  @BeforeEach
  void packForAnImage() throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Path out = directory.resolve("built");
    run("build", recipe.toString(), "--out", out.toString(), "--cache", at("cache"));
    image =
        out.resolve(
            Tool.files(out).stream()
                .filter(file -> file.endsWith(".m4img"))
                .findFirst()
                .orElseThrow());
    packaged = pack(directory.resolve("adapter"), "first.m4adapter");
  }

  private String at(String name) {
    return directory.resolve(name).toString();
  }

  private static void run(String... args) {
    Tool.Outcome outcome = Tool.run(args);
    assertEquals(0, outcome.code(), outcome.err());
  }

  private Path pack(Path adapter, String name) {
    run(
        "adapter",
        "pack",
        adapter.toString(),
        "--base",
        image.toString(),
        "--id",
        "org.example.tiny",
        "--version",
        "1.0.0",
        "--out",
        at(name));
    return directory.resolve(name);
  }

  private Tool.Outcome export(String... options) {
    List<String> command = new ArrayList<>(List.of("adapter", "export", packaged.toString()));
    command.addAll(List.of(options));
    return Tool.run(command.toArray(String[]::new));
  }

  @Test
  void exportedDirectoryPacksToTheSamePackage() {
    assertEquals(0, export("--out", at("peft")).code());
    Path again = pack(directory.resolve("peft"), "again.m4adapter");
    try (AdapterPackage expected = AdapterPackage.open(packaged);
        AdapterPackage found = AdapterPackage.open(again)) {
      assertEquals(expected.imageId(), found.imageId());
    }
  }

  @Test
  void exportedFileHoldsTheInputsOfTheGraph() {
    Path out = directory.resolve("tiny.onnx_adapter");
    Tool.Outcome outcome =
        export("--image", image.toString(), "--target", "pixel7pro-cpu", "--out", out.toString());
    assertEquals(0, outcome.code(), outcome.err());
    try (AdapterPackage expected = AdapterPackage.open(packaged);
        MappedFile file = MappedFile.open(out)) {
      assertEquals(
          expected.lora().inputs().stream().map(LoraInput::name).collect(Collectors.toSet()),
          OnnxAdapterReader.read(out, 0, file.segment()).keySet());
    }
  }

  @Test
  void graphThatTakesMatricesOneByOneHasNoFile() {
    Tool.Outcome outcome =
        export("--image", image.toString(), "--target", "jetson-orin-nx", "--out", at("x"));
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("one by one"), outcome.err());
    assertTrue(Files.notExists(directory.resolve("x")));
  }

  @Test
  void virtualTokensHaveNoFile() {
    packaged =
        pack(Tool.ROOT.resolve("tests/fixtures/goldens/peft-prefix-tuning"), "prefix.m4adapter");
    Tool.Outcome outcome =
        export("--image", image.toString(), "--target", "pixel7pro-cpu", "--out", at("x"));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.error().contains("virtual tokens are no matrices"), outcome.err());
    outcome = export("--out", at("x"));
    assertTrue(outcome.error().contains("prefix.m4adapter: cannot be written"), outcome.err());
    assertTrue(Files.notExists(directory.resolve("x")));
  }

  @Test
  void partThatTakesNoAdapterIsRefused() {
    Tool.Outcome outcome =
        export(
            "--image",
            image.toString(),
            "--target",
            "pixel7pro-cpu",
            "--part",
            "nonsense",
            "--out",
            at("x"));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.error().contains("takes no adapter; there are: decoder"), outcome.err());
  }

  @Test
  void targetWithoutAnImageIsRefused() {
    assertEquals(2, export("--target", "pixel7pro-cpu", "--out", at("x")).code());
  }

  @Test
  void directoryOfOthersIsNotReplaced() {
    Path trained = directory.resolve("adapter");
    Tool.Outcome outcome = export("--out", trained.toString());
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(Files.exists(trained.resolve("adapter_config.json")));
  }

  private Path compiled(String name, String... options) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "compile",
                Tool.ROOT.resolve("tests/fixtures/goldens/llama-mha-f16").toString(),
                "--target",
                "pixel7pro-gpu",
                "--out",
                at(name)));
    command.addAll(List.of(options));
    run(command.toArray(String[]::new));
    return directory.resolve(name).resolve("decoder.pixel7pro-gpu.tflite");
  }

  @Test
  void graphOfLiteGetsItsMatricesFromFileAndPackage() {
    String graph = compiled("lite", "--adapter-rank", "24").toString();
    Path out = directory.resolve("tiny.safetensors");
    Tool.Outcome outcome = export("--graph", graph, "--out", out.toString());
    assertEquals(0, outcome.code(), outcome.err());
    try (AdapterPackage expected = AdapterPackage.open(packaged);
        MappedFile file = MappedFile.open(out)) {
      var tensors = SafetensorsReader.read(file).tensors();
      assertEquals(
          expected.lora().inputs().stream().map(LoraInput::name).collect(Collectors.toSet()),
          tensors.keySet());
      tensors.forEach(
          (name, tensor) ->
              assertEquals(24, tensor.shape().dim(name.contains("lora_A") ? 0 : 1), name));
    }
    String[] bind = {
      "adapter",
      "bind",
      packaged.toString(),
      "--image",
      image.toString(),
      "--graph",
      graph,
      "--target",
      "pixel7pro-cpu",
      "--cases",
      "1",
      "--out",
      at("bound.m4adapter")
    };
    run(bind);
    try (AdapterPackage bound = AdapterPackage.open(directory.resolve("bound.m4adapter"))) {
      assertTrue(bound.image().find("lite-f32-r24").isPresent());
    }
  }

  @Test
  void graphOfLiteWithoutRoomForAdaptersIsRefused() {
    Tool.Outcome outcome = export("--graph", compiled("plain").toString(), "--out", at("x"));
    assertEquals(1, outcome.code(), outcome.err());
    assertTrue(outcome.error().contains("takes no adapters"), outcome.err());
    assertTrue(Files.notExists(directory.resolve("x")));
  }
}
