package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.ImageFile;

/** One image for the phone's CPU, GPU and TPU. */
final class LiteImageTest {
  private static final Path EXAMPLES = Tool.ROOT.resolve("examples");
  private static final String CPU = "pixel7pro-cpu";
  private static final String GPU = "pixel7pro-gpu";
  private static final String TPU = "pixel7pro-tpu";

  @TempDir static Path directory;

  private static Path all = Path.of("");

  @BeforeAll
  static void build() throws IOException {
    StringBuilder ids = new StringBuilder("1");
    for (int i = 1; i < 32; i++) {
      ids.append(',').append(3 + 7 * i);
    }
    Files.writeString(
        directory.resolve("tokens.json"), "{\"window\": 16, \"ids\": [%s]}".formatted(ids));
    all = image("all", CPU, GPU, TPU);
  }

  private static Path image(String out, String... targets) throws IOException {
    Path recipe = recipe(out, targets);
    Tool.Outcome outcome =
        Tool.run("build", recipe.toString(), "--out", directory.resolve(out).toString());
    assertEquals(0, outcome.code(), outcome.err());
    return directory.resolve(out).resolve("phone-1.0.0.m4img");
  }

  private static Path recipe(String name, String... targets) throws IOException {
    return Files.writeString(
        directory.resolve(name + ".json"),
        """
        {"product": "phone", "version": "1.0.0", "build": 1,
         "rollback": {"domain": "m4", "index": 0},
         "components": [
           {"name": "backbone", "model": "%s/kjv/kjv-llama", "scheme": "int4-g64", "method": "rtn",
            "calibration": "tokens.json", "licence": "CC0-1.0",
            "sizes": [{"sequence_length": 8, "past_sequence_length": 8},
                      {"sequence_length": 1, "past_sequence_length": 15}]},
           {"name": "bridge", "model": "%s/m4-tiny/models/llama-proj", "scheme": "f16",
            "licence": "CC0-1.0", "on_host": ["pixel7pro-tpu"]}],
         "targets": ["%s"]}
        """
            .formatted(EXAMPLES, EXAMPLES, String.join("\", \"", targets)));
  }

  private static Fields content(Path image, String component) {
    try (ImageFile file = ImageFile.open(image)) {
      return Fields.of("content", file.manifest().content()).objects("components").stream()
          .filter(found -> found.string("name").equals(component))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Fields report(String component) {
    return StrictJson.readObject(directory.resolve("all/report.json"))
        .objects("components")
        .stream()
        .filter(found -> found.string("name").equals(component))
        .findFirst()
        .orElseThrow();
  }

  /** The largest is the TPU's: its backbone has eight bits, that of the others four. */
  @Test
  void imageForThreeTargetsTakesLittleMoreThanTheLargestOfThem() throws IOException {
    long together = Files.size(all);
    long largest = Files.size(image("tpu", TPU));
    assertTrue(
        together <= 1.6 * largest, "%s bytes together, %s alone".formatted(together, largest));
  }

  @Test
  void cpuAndGpuReadTheSameFourBits() {
    long both = 0;
    for (Fields range : report("backbone").object("weights").objects("ranges")) {
      SortedSet<String> readers = new TreeSet<>(range.strings("read_by"));
      SortedSet<String> others = new TreeSet<>(range.object("why").names());
      boolean linear = range.string("weight").contains("_proj");
      if (linear && readers.equals(new TreeSet<>(List.of(CPU, GPU)))) {
        both += range.integer("bytes", 0, Long.MAX_VALUE);
        assertEquals("it stores this weight as int8", range.object("why").string(TPU));
      }
      assertFalse(linear && readers.equals(new TreeSet<>(List.of(CPU))), range.node().toString());
      readers.addAll(others);
      assertEquals(3, readers.size(), "nothing is left without a reason");
    }
    // Of each of 2,359,296 weights four bits, and sixteen for the scale of 64.
    assertEquals(2_359_296 / 2 + 2_359_296 / 32, both);
  }

  /** What the CPU answers does not depend on who else reads the weights. */
  @Test
  void graphOfTheCpuAnswersAsInAnImageOfItsOwn() throws IOException {
    Path alone = image("cpu", CPU);
    String one = generated(alone);
    assertFalse(one.isBlank());
    assertEquals(one, generated(all));
  }

  private static String generated(Path image) {
    Tool.Outcome outcome =
        Tool.run(
            "generate",
            image.toString(),
            "--component",
            "backbone",
            "--target",
            CPU,
            "--prompt",
            "In the beginning",
            "--max-tokens",
            "12");
    assertEquals(0, outcome.code(), outcome.err());
    return outcome.out();
  }

  @Test
  void manifestSaysOfWhichSectionsAFileIsMade() {
    List<Fields> files = content(all, "backbone").objects("files");
    assertEquals(List.of(GPU, TPU), files.stream().map(file -> file.string("target")).toList());
    assertEquals(
        List.of("lite-graph.backbone.decoder." + GPU, "weights.backbone"),
        files.getFirst().strings("sections"));
    Fields signature = files.getFirst().objects("signatures").getFirst();
    assertEquals("past_sequence_length=8,sequence_length=8", signature.string("key"));
    assertEquals("host-graph.backbone.decoder.%s.0".formatted(GPU), signature.string("host"));
    assertEquals(CPU, signature.string("host_target"));
  }

  @Test
  void whatATargetLeavesToItsHostIsSaid() {
    Fields left = content(all, "bridge").objects("elsewhere").getFirst();
    assertEquals(TPU, left.string("target"));
    assertEquals(CPU, left.string("runs_on"));
    assertEquals("the recipe says so", left.string("why"));
    assertEquals(left.node(), report("bridge").objects("elsewhere").getFirst().node());
  }

  /** A device that lacks an operator leaves the component to its host, whose graph is there. */
  @Test
  void whatHasNoFormOnADeviceIsItsHosts() throws IOException {
    Path target = directory.resolve("poor-tpu.json");
    Path original =
        Tool.ROOT.resolve("targets/src/main/resources/org/m4fw/targets/pixel7pro-tpu.json");
    Files.writeString(
        target,
        Files.readString(original)
            .replace("\"id\": \"pixel7pro-tpu\"", "\"id\": \"poor-tpu\"")
            .replace("\"MatMul\",", ""));
    Path recipe = recipe("poor", "poor-tpu.json");
    Recipes.edit(recipe, "[\"pixel7pro-tpu\"]}", "[\"poor-tpu\"]}");
    Tool.Outcome outcome =
        Tool.run("build", recipe.toString(), "--out", directory.resolve("poor").toString());
    assertEquals(0, outcome.code(), outcome.err());
    Path image = directory.resolve("poor/phone-1.0.0.m4img");
    Fields left = content(image, "backbone").objects("elsewhere").getFirst();
    assertEquals("poor-tpu", left.string("target"));
    assertTrue(left.string("why").contains("MatMul"), left.string("why"));
    assertFalse(generated(image).isBlank());
    assertTrue(outcome.err().contains("stays on " + CPU), outcome.err());
  }

  @Test
  void everyOperationOfTheFilesHasAPlaceInAReport() {
    for (String target : List.of(GPU, TPU)) {
      Fields report =
          StrictJson.readObject(
              directory.resolve("all/placement.backbone.%s.json".formatted(target)));
      for (Fields graph : report.objects("graphs")) {
        assertEquals(1, graph.integer("pieces", 0, 1000));
        assertFalse(graph.objects("nodes").isEmpty());
      }
    }
    assertTrue(Files.isRegularFile(directory.resolve("all/placement.backbone.html")));
  }

  @Test
  void filesAreUnpackedWhole() throws IOException {
    Path out = directory.resolve("unpacked");
    Tool.Outcome outcome =
        Tool.run(
            "image",
            "extract",
            all.toString(),
            "--target",
            GPU,
            "--component",
            "backbone",
            "--out",
            out.toString());
    assertEquals(0, outcome.code(), outcome.err());
    byte[] head = Files.readAllBytes(out.resolve("backbone.decoder.pixel7pro-gpu.tflite.head"));
    byte[] weights = Files.readAllBytes(out.resolve("backbone.weights.bin"));
    byte[] whole = Files.readAllBytes(out.resolve("backbone.decoder.pixel7pro-gpu.tflite"));
    assertEquals(0, head.length % 16384);
    assertEquals(head.length + weights.length, whole.length);
    assertArrayEquals(weights, java.util.Arrays.copyOfRange(whole, head.length, whole.length));
  }

  @Test
  void targetsThatRunLiteAreNotRunHere() {
    Tool.Outcome outcome =
        Tool.run(
            "generate",
            all.toString(),
            "--component",
            "backbone",
            "--target",
            GPU,
            "--prompt",
            "A");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("runs .tflite files"), outcome.err());
    assertTrue(outcome.error().contains("there are graphs for " + CPU), outcome.err());
  }

  /** What nobody ran is said to be so. */
  @Test
  void adaptersAreNotRunOnTargetsThatRunLite() {
    String trained = EXAMPLES.resolve("kjv/kjv-llama-licence-lora").toString();
    String packed = directory.resolve("a.m4adapter").toString();
    String bound = directory.resolve("b.m4adapter").toString();
    for (String command :
        List.of(
            "pack %s --base %s --interface m4.backbone --id org.example.a --version 1.0.0 --out %s"
                .formatted(trained, all, packed),
            "bind %s --image %s --cases 1 --out %s".formatted(packed, all, bound))) {
      Tool.Outcome outcome = Tool.run(("adapter " + command).split(" ", -1));
      assertEquals(0, outcome.code(), outcome.err());
    }
    String said = Tool.run("adapter", "check", bound, all.toString(), "--run").out();
    assertTrue(said.contains("known answers on pixel7pro-cpu: KL"), said);
    assertTrue(said.contains("known answers on pixel7pro-gpu: not run"), said);
    assertTrue(said.contains("known answers on pixel7pro-tpu: not run"), said);
  }

  @Test
  void sameRecipeIsTheSameImage() throws IOException {
    assertArrayEquals(
        Files.readAllBytes(image("one", CPU, GPU)), Files.readAllBytes(image("two", CPU, GPU)));
  }

  @Test
  void wholeNumbersWantCalibrationData() throws IOException {
    Path recipe = recipe("uncalibrated", TPU);
    Recipes.edit(recipe, "\"calibration\": \"tokens.json\",", "");
    Tool.Outcome outcome =
        Tool.run("build", recipe.toString(), "--out", directory.resolve("no").toString());
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("backbone.calibration"), outcome.err());
    assertTrue(outcome.err().contains("\"on_host\""), outcome.err());
    assertFalse(Files.exists(directory.resolve("no")));
  }
}
