package org.m4fw.tests.build;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.cli.model.ImageTask;
import org.m4fw.graph.ir.Model;
import org.m4fw.host.Component;
import org.m4fw.host.Decoder;
import org.m4fw.host.DecoderRun;
import org.m4fw.host.FloatTensor;
import org.m4fw.host.Logits;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;

/** Paths of an image out of models whose answers are known. */
final class PathImageTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final String RECIPE =
      """
      {"product": "tiny", "version": "1.0.0", "build": 1,
       "rollback": {"domain": "m4", "index": 0},
       "components": [
         {"name": "senses", "model": "senses", "scheme": "f32", "licence": "CC0-1.0"},
         {"name": "bridge", "model": "llama_proj.safetensors", "scheme": "f32",
          "licence": "CC0-1.0"},
         {"name": "backbone", "model": "backbone", "scheme": "f16", "licence": "CC0-1.0"},
         {"name": "writer", "model": "writer", "scheme": "int8", "licence": "CC0-1.0"}],
       "targets": ["host"],
       "adapters": [
         {"dir": "lora", "id": "org.example.licence", "version": "1.0.0", "component": "writer",
          "licence": "CC0-1.0", "task": {"path": "write", "max_tokens": 8}},
         {"dir": "lora", "id": "org.example.kind", "version": "1.0.0", "component": "writer",
          "licence": "CC0-1.0", "task": {"path": 2, "labels": [], "max_tokens": 8}}],
       "paths": [
         {"name": "ask", "kind": 1,
          "components": [{"name": "senses", "does": "embed-image"},
                         {"name": "bridge", "does": "project"},
                         {"name": "backbone", "does": "continue"}],
          "prompt": "{image}"},
         {"name": "write", "kind": 2,
          "components": [{"name": "writer", "does": "continue"}],
          "max_tokens": 16, "stop": ["."]}]}
      """;

  @TempDir static Path directory;
  private static Path image = Path.of("");

  @BeforeAll
  static void build() throws IOException {
    Tool.copy(GOLDENS.resolve("imagebind-tiny-pth"), directory.resolve("senses"));
    Tool.copy(GOLDENS.resolve("llama-mha-f16"), directory.resolve("backbone"));
    Tool.copy(KJV.resolve("kjv-llama"), directory.resolve("writer"));
    Tool.copy(KJV.resolve("kjv-llama-licence-lora"), directory.resolve("lora"));
    Files.copy(
        KJV.resolve("kjv-llama/tokenizer.json"), directory.resolve("backbone/tokenizer.json"));
    Files.copy(
        GOLDENS.resolve("path1/llama_proj.safetensors"),
        directory.resolve("llama_proj.safetensors"));
    Files.writeString(directory.resolve("recipe.json"), RECIPE);
    Tool.Outcome outcome =
        Tool.run(
            "build",
            directory.resolve("recipe.json").toString(),
            "--out",
            directory.resolve("out").toString(),
            "--cache",
            directory.resolve("cache").toString());
    assertEquals(0, outcome.code(), outcome.err());
    image = directory.resolve("out/tiny-1.0.0.m4img");
  }

  private static ImageTask open(Path file, String task) {
    return ImageTask.open(file, task, Optional.empty(), Optional.empty(), OptionalDouble.empty());
  }

  private static Tool.Outcome write(Path file, String text) {
    return Tool.run("run", file.toString(), "--task", "write", "--text", text);
  }

  @Test
  void imageThroughProjectionAndBackboneGivesTheLogitsOfTheOriginal() {
    try (MappedFile file = MappedFile.open(GOLDENS.resolve("path1/expected.safetensors"));
        ImageTask task = open(image, "ask");
        Arena arena = Arena.ofConfined()) {
      SortedMap<String, Tensor> golden = SafetensorsReader.read(file).tensors();
      task.verify(Progress.silent());
      Tensor embedding = run(task, Action.EMBED_IMAGE, "vision", golden, arena);
      near(requireNonNull(golden.get("out.vision")), TensorFloats.all(embedding), 0);
      Tensor row = new FloatTensor(Shape.of(1, 40), TensorFloats.all(embedding)).named("embedding");
      SortedMap<String, Tensor> inputs = new TreeMap<>(Map.of("embedding", row));
      float[] vector = TensorFloats.all(run(task, Action.PROJECT, "projection", inputs, arena));
      ExecutionPath.Step backbone = task.path().step(Action.CONTINUE).orElseThrow();
      try (Decoder decoder =
              Decoder.open(
                  "backbone",
                  task.part(backbone, Model.VECTORS),
                  Optional.of(task.part(backbone, Model.EMBEDDING)),
                  Optional.empty());
          DecoderRun run = decoder.start(1, 10)) {
        Tensor logits = requireNonNull(golden.get("logits"));
        near(logits, values(run.feed(ids(golden, "prefix_ids"))), 0);
        near(logits, values(run.feedVectors(vector)), 4);
        near(logits, values(run.feed(ids(golden, "suffix_ids"))), 5);
        assertOnlyThePathIsMapped(task);
      }
    }
  }

  private static Tensor run(
      ImageTask task, Action action, String part, SortedMap<String, Tensor> inputs, Arena arena) {
    ExecutionPath.Step step = task.path().step(action).orElseThrow();
    try (Component component = Component.open(part, task.part(step, part))) {
      return component.run("golden", inputs, arena).getFirst();
    }
  }

  private static long[] ids(SortedMap<String, Tensor> golden, String name) {
    Tensor tensor = requireNonNull(golden.get(name));
    long[] ids = new long[(int) tensor.shape().count()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = tensor.data().get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
    }
    return ids;
  }

  private static float[] values(Logits logits) {
    float[] values = new float[logits.length() * logits.vocabulary()];
    logits.values().get(0, values);
    return values;
  }

  /** Rows of the last axis, from one of them on. */
  private static void near(Tensor golden, float[] found, int firstRow) {
    float[] expected = TensorFloats.all(golden);
    int at = (int) (firstRow * golden.shape().dim(golden.shape().rank() - 1));
    double largest = 0;
    double error = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < found.length; i++) {
      error = Math.max(error, Math.abs(found[i] - expected[at + i]));
    }
    assertTrue(error <= 1e-4 * largest, golden.name() + " is off by " + error / largest);
  }

  @Test
  void otherSectionsAreNeitherMappedNorRead() throws IOException {
    Path damaged = directory.resolve("damaged.m4img");
    Files.copy(image, damaged);
    List<FileRanges.Range> forbidden;
    try (ImageTask task = open(image, "write")) {
      forbidden = otherRanges(task);
    }
    for (FileRanges.Range range : forbidden) {
      overwrite(damaged, range.offset(), (int) range.length());
    }
    assertEquals(1, Tool.run("verify", damaged.toString(), "--allow-development").code());
    Tool.Outcome whole = write(image, "And the LORD said unto");
    assertEquals(0, whole.code(), whole.err());
    assertFalse(whole.out().isBlank());
    assertEquals(whole.out(), write(damaged, "And the LORD said unto").out());
    try (ImageTask task = open(damaged, "write")) {
      task.verify(Progress.silent());
      assertFalse(task.mapped().isEmpty());
      List<FileRanges.Range> touched = new ArrayList<>(task.mapped());
      touched.addAll(task.read());
      for (FileRanges.Range range : touched) {
        for (FileRanges.Range other : forbidden) {
          assertFalse(overlap(range, other), () -> range + " touches " + other);
        }
      }
    }
  }

  /** Where the sections and trees lie that the path does not need. */
  private static List<FileRanges.Range> otherRanges(ImageTask task) {
    Set<String> used =
        task.opened().stream()
            .flatMap(opened -> opened.sections().stream())
            .map(Section::id)
            .collect(Collectors.toSet());
    List<FileRanges.Range> others = new ArrayList<>();
    try (ImageFile file = ImageFile.open(Path.of(task.name()))) {
      for (Section section : file.manifest().sections()) {
        if (!used.contains(section.id())) {
          others.add(new FileRanges.Range(section.offset(), section.length()));
          others.add(new FileRanges.Range(section.treeOffset(), section.treeLength()));
        }
      }
    }
    others.removeIf(range -> range.length() == 0);
    return others;
  }

  private static boolean overlap(FileRanges.Range a, FileRanges.Range b) {
    return a.offset() < b.offset() + b.length() && b.offset() < a.offset() + a.length();
  }

  private static void overwrite(Path file, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.read(ByteBuffer.wrap(bytes), offset);
      for (int i = 0; i < length; i++) {
        bytes[i] ^= 0x55;
      }
      channel.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  /** ONNX Runtime maps weights by itself, which only the system sees. */
  private static void assertOnlyThePathIsMapped(ImageTask task) {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.isReadable(maps));
    List<FileRanges.Range> forbidden = otherRanges(task);
    try {
      String file = Path.of(task.name()).toRealPath().toString();
      for (String line : Files.readAllLines(maps)) {
        if (line.endsWith(file)) {
          String[] words = line.split(" +");
          String[] ends = words[0].split("-");
          long offset = Long.parseLong(words[2], 16);
          long length = Long.parseLong(ends[1], 16) - Long.parseLong(ends[0], 16);
          for (FileRanges.Range other : forbidden) {
            assertFalse(overlap(new FileRanges.Range(offset, length), other), line);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void damageOnThePathIsRefused() throws IOException {
    List<Section> sections = new ArrayList<>();
    try (ImageTask task = open(image, "write")) {
      task.opened().forEach(opened -> sections.addAll(opened.sections()));
    }
    assertTrue(sections.size() >= 3);
    for (Section section : sections) {
      Path damaged = directory.resolve("damaged-" + section.id());
      Files.copy(image, damaged);
      overwrite(damaged, section.offset() + section.length() / 2, 1);
      Tool.Outcome outcome = write(damaged, "In the");
      assertEquals(1, outcome.code());
      assertTrue(outcome.error().contains("section " + section.id()), outcome.error());
      assertEquals("", outcome.out());
    }
  }

  @Test
  void backboneThatTakesVectorsSharesItsWeights() {
    try (ImageFile file = ImageFile.open(image)) {
      long graphs =
          file.manifest().sections().stream()
              .filter(section -> section.id().matches("graph\\.backbone\\..*"))
              .count();
      long weights = file.section("weights.backbone").length();
      assertEquals(3, graphs);
      try (MappedFile original = MappedFile.open(directory.resolve("backbone/model.safetensors"))) {
        assertTrue(weights < original.size() * 1.3, "weights take " + weights);
      }
    }
  }

  @Test
  void adapterInTheImageHasATask() {
    Tool.Outcome plain = write(image, "Permission is hereby");
    Tool.Outcome adapted =
        Tool.run(
            "run",
            image.toString(),
            "--task",
            "org.example.licence",
            "--text",
            "Permission is hereby");
    assertEquals(0, adapted.code(), adapted.err());
    assertTrue(adapted.err().contains("open org.example.licence"), adapted.err());
    assertFalse(adapted.out().equals(plain.out()));
    Tool.Outcome byKind =
        Tool.run(
            "run",
            image.toString(),
            "--task",
            "org.example.kind",
            "--text",
            "Permission is hereby");
    assertEquals(adapted.out(), byKind.out(), byKind.err());
  }

  @Test
  void unknownTaskIsRefusedWithThoseThatAreThere() {
    Tool.Outcome outcome = Tool.run("run", image.toString(), "--task", "sing");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("ask, write"), outcome.error());
  }

  @Test
  void questionOfAnotherKindIsRefusedBeforeAnythingIsChecked() {
    Tool.Outcome outcome =
        Tool.run("run", image.toString(), "--task", "write", "--text", "a", "--image", "cat.png");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--image"), outcome.error());
    assertFalse(outcome.err().contains("verify"), outcome.err());
  }

  @Test
  void missingTextIsNamed() {
    Tool.Outcome outcome = Tool.run("run", image.toString(), "--task", "write");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--text"), outcome.error());
  }
}
