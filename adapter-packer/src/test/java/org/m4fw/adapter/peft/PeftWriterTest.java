package org.m4fw.adapter.peft;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;

class PeftWriterTest {
  private static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root"), "tests", "fixtures", "goldens");

  @TempDir Path directory;

  private static void assertSame(Tensor expected, Tensor found) {
    assertEquals(expected.dtype(), found.dtype());
    assertEquals(expected.shape(), found.shape());
    assertArrayEquals(
        expected.data().toArray(ValueLayout.JAVA_BYTE),
        found.data().toArray(ValueLayout.JAVA_BYTE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "peft-lora",
        "peft-rslora-patterns",
        "peft-dora",
        "peft-bias",
        "peft-modules-to-save",
        "peft-embedding"
      })
  void whatWasWrittenIsReadAsTheSameAdapter(String golden) {
    Path trained = GOLDENS.resolve(golden);
    try (Checkpoint weights = PeftReader.open(trained)) {
      LoraAdapter expected = PeftReader.read(trained, weights, OptionalDouble.empty());
      PeftWriter.write(expected, directory);
      try (Checkpoint written = PeftReader.open(directory)) {
        LoraAdapter found = PeftReader.read(directory, written, OptionalDouble.empty());
        assertEquals(expected.scaling(), found.scaling());
        assertEquals(expected.replaced().keySet(), found.replaced().keySet());
        expected
            .replaced()
            .forEach(
                (name, tensor) -> assertSame(tensor, requireNonNull(found.replaced().get(name))));
        assertEquals(expected.pairs().size(), found.pairs().size());
        for (int i = 0; i < expected.pairs().size(); i++) {
          assertSame(expected.pairs().get(i), found.pairs().get(i));
        }
      }
    }
  }

  private static void assertSame(LoraPair expected, LoraPair found) {
    assertEquals(expected.point(), found.point());
    assertEquals(expected.rank(), found.rank());
    assertEquals(expected.table(), found.table());
    assertEquals(expected.alpha(), found.alpha());
    assertSame(expected.down(), found.down());
    assertSame(expected.up(), found.up());
    assertEquals(expected.magnitude().isPresent(), found.magnitude().isPresent());
    expected.magnitude().ifPresent(tensor -> assertSame(tensor, found.magnitude().orElseThrow()));
  }

  /** As modules to be saved, layers would be wrapped twice, which PEFT refuses to load. */
  @Test
  void biasesAreWrittenWhereTheTrainerPutsThem() throws IOException {
    Path trained = GOLDENS.resolve("peft-bias");
    try (Checkpoint weights = PeftReader.open(trained)) {
      PeftWriter.write(PeftReader.read(trained, weights, OptionalDouble.empty()), directory);
      try (Checkpoint written = PeftReader.open(directory)) {
        assertEquals(weights.tensors().keySet(), written.tensors().keySet());
      }
    }
    String config = Files.readString(directory.resolve(PeftReader.CONFIG));
    assertTrue(config.contains("\"bias\" : \"lora_only\""), config);
    assertTrue(config.contains("\"modules_to_save\" : [ ]"), config);
  }

  @Test
  void promptIsReadAsTheSameVectors() {
    Path trained = GOLDENS.resolve("peft-prompt-tuning");
    try (Checkpoint weights = PeftReader.open(trained)) {
      SoftPrompt expected = PeftPromptReader.read(trained, weights);
      PeftWriter.write(expected, directory);
      try (Checkpoint written = PeftReader.open(directory)) {
        SoftPrompt found = PeftPromptReader.read(directory, written);
        assertEquals(expected.kind(), found.kind());
        assertSame(expected.tensor(), found.tensor());
      }
    }
  }

  @Test
  void prefixIsRefusedAsNobodySaysForHowManyLayersItIs() {
    Path trained = GOLDENS.resolve("peft-prefix-tuning");
    try (Checkpoint weights = PeftReader.open(trained)) {
      SoftPrompt prompt = PeftPromptReader.read(trained, weights);
      ProblemException e =
          assertThrows(ProblemException.class, () -> PeftWriter.write(prompt, directory));
      assertEquals(PeftError.NOT_WRITABLE, e.problem().code());
    }
  }

  @Test
  void patternOfALayerDoesNotMatchTheEndOfAnotherPath() throws IOException {
    Path trained = Files.createDirectory(directory.resolve("trained"));
    new PeftDirectory(trained)
        .setting("rank_pattern", "{\"b.a.q\": 3, \"^a.q\": 4}")
        .setting("alpha_pattern", "{\"^a.q\": 0.5}")
        .layer("a.q", 4)
        .layer("b.a.q", 3)
        .write();
    try (Checkpoint weights = PeftReader.open(trained)) {
      PeftWriter.write(PeftReader.read(trained, weights, OptionalDouble.empty()), directory);
    }
    try (Checkpoint written = PeftReader.open(directory)) {
      LoraAdapter found = PeftReader.read(directory, written, OptionalDouble.empty());
      assertEquals(
          List.of("a.q 4 0.5", "b.a.q 3 4.0", PeftDirectory.LAYER + " 2 4.0"),
          found.pairs().stream()
              .map(p -> "%s %s %s".formatted(p.point().name(), p.rank(), p.alpha()))
              .toList());
    }
  }

  @Test
  void adapterWithoutBranchesIsRefused() {
    Path trained = GOLDENS.resolve("peft-modules-to-save");
    try (Checkpoint weights = PeftReader.open(trained)) {
      LoraAdapter whole = PeftReader.read(trained, weights, OptionalDouble.empty());
      LoraAdapter heads = new LoraAdapter(whole.scaling(), List.of(), whole.replaced(), List.of());
      assertRefused(heads);
    }
  }

  @Test
  void weightThatIsNoLayersIsRefused() {
    Path trained = GOLDENS.resolve("peft-modules-to-save");
    try (Checkpoint weights = PeftReader.open(trained)) {
      LoraAdapter whole = PeftReader.read(trained, weights, OptionalDouble.empty());
      TreeMap<String, Tensor> scale = new TreeMap<>();
      scale.put("log_logit_scale", whole.pairs().getFirst().down());
      assertRefused(new LoraAdapter(whole.scaling(), whole.pairs(), scale, List.of()));
    }
  }

  private void assertRefused(LoraAdapter adapter) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> PeftWriter.write(adapter, directory));
    assertEquals(PeftError.NOT_WRITABLE, e.problem().code());
  }
}
