package org.m4fw.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.synth.Catalogue;
import org.m4fw.cli.synth.Preset;
import org.m4fw.cli.synth.Synthesis;
import org.m4fw.graph.importer.ImportOptions;
import tools.jackson.databind.JsonNode;

/** What inspect says of files with the headers of the published models, against what is known. */
class PublishedModelsTest {
  /** What the paper counts with its own generator of speech, which was not published. */
  private static final int TYPES_OF_THE_PAPER = 39;

  @TempDir static Path models;

  @BeforeAll
  static void writeHeaders() {
    Synthesis synthesis = new Synthesis(Preset.FULL, 0, true, Progress.silent());
    Catalogue.all().forEach(layout -> synthesis.write(layout, models));
  }

  private static JsonNode inspect(String directory, String... parts) {
    ImportOptions imports =
        new ImportOptions("test", "", new TreeSet<>(List.of(parts)), new TreeMap<>());
    return Inspection.of(models.resolve(directory), new ModelOptions(imports, new TreeMap<>()))
        .json();
  }

  private static JsonNode part(JsonNode model, String name) {
    for (JsonNode part : model.path("parts")) {
      if (part.path("name").asString("").equals(name)) {
        return part;
      }
    }
    throw new AssertionError("no part " + name);
  }

  /** The reference's counts of the modules in PyTorch; FastSpeech 2 with 74 symbols. */
  @ParameterizedTest
  @CsvSource({
    "whisper, 37760256",
    "llama, 6738415616",
    "stable-diffusion, 1066235307",
    "mms-tts-eng, 36284592",
    "fastspeech2, 55164247",
    "imagebind, 1200781057"
  })
  void trainedParametersAreThoseOfTheOriginal(String directory, long parameters) {
    assertEquals(parameters, inspect(directory).path("trained_parameters").asLong(0));
  }

  @ParameterizedTest
  @CsvSource({
    "vision, 632829440",
    "text, 354032641",
    "audio, 86235648",
    "imu, 19600384",
  })
  void encodersOfImageBindHaveTheParametersOfTheOriginal(String modality, long parameters) {
    assertEquals(
        parameters, part(inspect("imagebind", modality), modality).path("parameters").asLong(0));
  }

  @Test
  void headOfTheBackboneHasTheParametersOfTheOriginal() {
    assertEquals(131_072_000, part(inspect("llama", "head"), "head").path("parameters").asLong(0));
  }

  /** Table 1 cuts after four places. */
  @ParameterizedTest
  @CsvSource({"vision, 167.5963", "text, 23.4189", "audio, 61.4679", "imu, 5.1417"})
  void encodersOfImageBindTakeTheOperationsOfTable1(String modality, String giga) {
    long macs = part(inspect("imagebind", modality), modality).path("macs").asLong(0);
    assertEquals(giga, ModelDescription.giga(macs));
  }

  @Test
  void listOfOperatorTypesIsTrue() throws IOException {
    SortedSet<String> without = new TreeSet<>();
    for (String directory : List.of("imagebind", "whisper", "llama", "stable-diffusion")) {
      types(directory, without);
    }
    SortedSet<String> vits = new TreeSet<>();
    types("mms-tts-eng", vits);
    SortedSet<String> fastSpeech = new TreeSet<>();
    types("fastspeech2", fastSpeech);
    vits.removeAll(without);
    fastSpeech.removeAll(without);
    String text =
        Files.readString(Path.of(System.getProperty("m4fw.root")).resolve("docs/operators.md"));
    assertTrue(without.size() < TYPES_OF_THE_PAPER, without.toString());
    holds(text, "without TTS_dec (%s): %s", without);
    holds(text, "VITS adds (%s): %s", vits);
    holds(text, "FastSpeech 2 and HiFi-GAN add (%s): %s", fastSpeech);
  }

  private static void types(String directory, SortedSet<String> into) {
    JsonNode list = inspect(directory).path("operators");
    assertTrue(list.size() > 0, directory);
    list.forEach(type -> into.add(type.asString("")));
  }

  /** Lines may be broken anywhere between words. */
  private static void holds(String text, String template, SortedSet<String> types) {
    String wanted = template.formatted(types.size(), String.join(", ", types));
    assertTrue(text.replaceAll("\\s+", " ").contains(wanted), wanted);
  }
}
