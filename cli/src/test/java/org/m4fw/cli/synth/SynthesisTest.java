package org.m4fw.cli.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.cli.Invoked;

class SynthesisTest {
  private static final Path EXAMPLE =
      Path.of(System.getProperty("m4fw.root")).resolve("examples/m4-tiny/models");

  @TempDir Path directory;

  private Path write(Preset preset, long seed, boolean hollow, String... components) {
    Path out = directory.resolve("%s-%s-%s".formatted(preset, seed, hollow));
    Synthesis synthesis = new Synthesis(preset, seed, hollow, Progress.silent());
    Catalogue.find(List.of(components)).forEach(layout -> synthesis.write(layout, out));
    return out;
  }

  private static SortedSet<String> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      SortedSet<String> names = new TreeSet<>();
      all.filter(Files::isRegularFile).forEach(f -> names.add(root.relativize(f).toString()));
      return names;
    }
  }

  @Test
  void exampleIsMadeAgainByteForByte() throws IOException {
    Path out = directory.resolve("models");
    String[] options = {
      "synth",
      "--preset",
      "tiny",
      "--out",
      out.toString(),
      "--component",
      "imagebind",
      "--component",
      "whisper",
      "--component",
      "stable-diffusion",
      "--component",
      "mms-tts-eng",
      "--component",
      "llama-proj"
    };
    Invoked made = Invoked.with(options);
    assertEquals(0, made.exitCode(), made.err());
    assertEquals(files(EXAMPLE), files(out));
    for (String file : files(EXAMPLE)) {
      assertArrayEquals(
          Files.readAllBytes(EXAMPLE.resolve(file)), Files.readAllBytes(out.resolve(file)), file);
    }
  }

  @Test
  void checkpointsDoNotDependOnWhatElseIsWritten() throws IOException {
    Path all = write(Preset.TINY, 1, false);
    Path one = directory.resolve("one");
    new Synthesis(Preset.TINY, 1, false, Progress.silent())
        .write(Catalogue.find(List.of("LLaMA")).getFirst(), one);
    for (String file : files(one)) {
      assertEquals(-1, Files.mismatch(one.resolve(file), all.resolve(file)), file);
    }
  }

  @Test
  void otherSeedGivesOtherWeightsOfTheSameNamesAndShapes() {
    try (Checkpoint first =
            Checkpoint.open(write(Preset.TINY, 1, false, "LLaMA").resolve("llama"));
        Checkpoint second =
            Checkpoint.open(write(Preset.TINY, 2, false, "LLaMA").resolve("llama"))) {
      assertEquals(first.tensors().keySet(), second.tensors().keySet());
      first
          .tensors()
          .forEach(
              (name, tensor) -> {
                assertEquals(tensor.shape(), second.tensor(name).shape());
                assertTrue(tensor.data().mismatch(second.tensor(name).data()) >= 0, name);
              });
    }
  }

  @Test
  void productsKeepTheSizeOfTheirInputs() {
    try (Checkpoint llama =
        Checkpoint.open(write(Preset.TINY, 0, false, "LLaMA").resolve("llama"))) {
      float[] values =
          TensorFloats.all(llama.tensor("model.layers.0.mlp.down_proj.weight")); // 512 inputs
      double squares = 0;
      for (float value : values) {
        squares += (double) value * value;
      }
      assertEquals(1.0 / 512, squares / values.length, 0.05 / 512);
      assertEquals(DType.F16, llama.tensor("lm_head.weight").dtype());
    }
  }

  @Test
  void hollowFilesHaveTheHeadersOfWholeOnes() {
    try (Checkpoint whole =
            Checkpoint.open(write(Preset.TINY, 0, false, "IMU_enc").resolve("imagebind"));
        Checkpoint hollow =
            Checkpoint.open(write(Preset.TINY, 0, true, "IMU_enc").resolve("imagebind"))) {
      whole
          .tensors()
          .forEach(
              (name, tensor) -> {
                assertEquals(tensor.extent().offset(), hollow.tensor(name).extent().offset());
                assertEquals(tensor.shape(), hollow.tensor(name).shape());
              });
      assertEquals(0, TensorFloats.all(hollow.tensor("modality_heads.imu.3.weight"))[0]);
    }
  }

  @Test
  void fullLlamaIsTwoFilesWithAnIndex() throws IOException {
    Path out = write(Preset.FULL, 0, true, "LLaMA");
    SortedSet<String> files = files(out.resolve("llama"));
    assertTrue(
        files.containsAll(
            List.of(
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json")),
        files.toString());
    assertFalse(files.contains("model.safetensors"));
  }

  @Test
  void theNineComponentsOfThePaperAreKnown() {
    assertTrue(
        Catalogue.components()
            .containsAll(
                Arrays.asList(
                    "IMG_enc",
                    "TXT_enc",
                    "AUD-B_enc",
                    "AUD-I_enc",
                    "IMU_enc",
                    "LLaMA",
                    "GEN_dec",
                    "IMG_dec",
                    "TTS_dec")));
  }

  @Test
  void unknownComponentIsRefused() {
    ProblemException e =
        assertThrows(ProblemException.class, () -> Catalogue.find(List.of("LLaMa", "GPT")));
    assertEquals(SynthError.UNKNOWN_COMPONENT, e.problem().code());
    assertTrue(e.problem().text().contains("AUD-B_enc"), e.problem().text());
  }

  @Test
  void directoryWithOtherFilesIsLeftAlone() throws IOException {
    Path out = directory.resolve("mine");
    Files.createDirectories(out);
    Files.writeString(out.resolve("letter.txt"), "dear");
    Invoked refused = Invoked.with("synth", "--preset", "tiny", "--out", out.toString());
    assertEquals(2, refused.exitCode());
    assertEquals(new TreeSet<>(List.of("letter.txt")), files(out));
  }
}
