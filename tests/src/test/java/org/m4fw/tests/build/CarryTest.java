package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;

/** Carried packages: what they hold, and what they say about known answers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CarryTest {
  private Path directory = Path.of("");
  private Path model = Path.of("");
  private Path packed = Path.of("");
  private Path bound = Path.of("");

  @BeforeAll
  void packAndBind(@TempDir Path temporary) throws IOException {
    directory = temporary;
    model = directory.resolve("model");
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Recipes.edit(recipe, "int4", "f32");
    done("build", recipe, "--out", directory.resolve("out"));
    Path image = directory.resolve("out/tiny-1.2.3.m4img");
    packed = directory.resolve("packed.m4adapter");
    done(
        "adapter pack --id org.example.tiny --version 1.0.0",
        directory.resolve("adapter"),
        "--base",
        image,
        "--out",
        packed);
    bound = directory.resolve("bound.m4adapter");
    done("adapter bind --cases 3 --target pixel7pro-cpu", packed, "--image", image, "--out", bound);
  }

  private static Tool.Outcome run(Object... parts) {
    List<String> words = new ArrayList<>();
    for (Object part : parts) {
      words.addAll(part instanceof Path ? List.of(part.toString()) : List.of(text(part)));
    }
    return Tool.run(words.toArray(String[]::new));
  }

  private static String[] text(Object words) {
    return words.toString().split(" ", -1);
  }

  private static String done(Object... parts) {
    Tool.Outcome outcome = run(parts);
    assertEquals(0, outcome.code(), () -> Arrays.toString(parts) + outcome.err());
    return outcome.out();
  }

  private static Fields json(String text) {
    return Fields.of("output", StrictJson.parse("output", text.getBytes(StandardCharsets.UTF_8)));
  }

  private static double kl(Fields answers, String which) {
    Fields score = answers.object(which);
    assertEquals(3, score.integer("same", 0, 3), which);
    return score.node().get("kl").asDouble();
  }

  /** The model, as F32, with other tensors. */
  private Path remade(String name, BiFunction<String, float[], float[]> change) throws IOException {
    Path copy = directory.resolve(name);
    Files.createDirectories(copy);
    Files.copy(model.resolve("config.json"), copy.resolve("config.json"));
    try (Checkpoint checkpoint = Checkpoint.open(model);
        OutputFile file = OutputFile.create(copy.resolve("model.safetensors"))) {
      List<TensorInfo> declared = new ArrayList<>();
      List<float[]> values = new ArrayList<>();
      for (Tensor tensor : checkpoint.tensors().values()) {
        float[] changed = change.apply(tensor.name(), TensorFloats.all(tensor));
        Shape shape = tensor.shape();
        declared.add(
            new TensorInfo(
                tensor.name(),
                DType.F32,
                shape.rank() == 1
                    ? Shape.of(changed.length)
                    : Shape.of(changed.length / shape.dim(1), shape.dim(1))));
        values.add(changed);
      }
      SafetensorsWriter writer = SafetensorsWriter.begin(file, declared);
      for (int i = 0; i < values.size(); i++) {
        writer.append(declared.get(i).name(), values.get(i));
      }
      writer.finish();
      file.commit();
    }
    return copy;
  }

  private String carried(Path from, Path to, String more, Path out) {
    return done("adapter carry", from, "--from", model, "--to", to, more, "--out", out);
  }

  @Test
  void boundPackageCarriedToItsOwnBaseAnswersAsItDid() {
    Path out = directory.resolve("same.m4adapter");
    Fields answers =
        json(carried(bound, model, "--method direct --json", out)).object("known_answers");
    assertEquals(3, answers.integer("cases", 0, 64));
    assertEquals(0, kl(answers, "before"), 1e-6);
    assertEquals(0, kl(answers, "unchanged"), 1e-6);
    assertEquals(0, kl(answers, "after"), 1e-6);
    String said = done("adapter inspect", out);
    assertTrue(
        said.contains("known answers, new base, carried over: KL 0.000000 nats, 3 of 3"), said);
  }

  /** Every other method says how far the adapter as it was would have been. */
  @Test
  void otherBaseIsFurtherOffThanTheOldOne() throws IOException {
    Path next =
        remade(
            "next",
            (name, values) -> {
              for (int i = 0; i < values.length && name.matches(".*[qv]_proj.*"); i++) {
                values[i] *= 1 + 0.5F * (i % 3 - 1);
              }
              return values;
            });
    Path out = directory.resolve("next.m4adapter");
    Fields report = json(carried(bound, next, "--method compensated --max-rank 64 --json", out));
    Fields answers = report.object("known_answers");
    double before = answers.object("before").node().get("kl").asDouble();
    double unchanged = answers.object("unchanged").node().get("kl").asDouble();
    double after = answers.object("after").node().get("kl").asDouble();
    assertEquals(0, before, 1e-6);
    assertTrue(unchanged > 1e-4, () -> "as it was: " + unchanged);
    assertTrue(after < unchanged, () -> after + " carried over, as it was " + unchanged);
    assertEquals(
        answers.node(),
        json(done("adapter inspect --json", out))
            .object("carried_from")
            .object("known_answers")
            .node());
  }

  @Test
  void packageThatWasNeverBoundHasNoAnswersToCompareWith() {
    Path out = directory.resolve("never.m4adapter");
    String said = carried(packed, model, "--method direct", out);
    assertTrue(said.contains("known answers: none"), said);
    said = done("adapter inspect", out);
    assertTrue(said.contains("known answers: none"), said);
  }

  @Test
  void baseOfAnotherVocabularyHasNoAnswersToCompareWith() throws IOException {
    Path larger =
        remade(
            "larger",
            (name, values) ->
                name.contains("embed_tokens") || name.contains("lm_head")
                    ? Arrays.copyOf(values, values.length + 64 * 4)
                    : values);
    Recipes.edit(larger.resolve("config.json"), "\"vocab_size\": 300", "\"vocab_size\": 304");
    Path out = directory.resolve("larger.m4adapter");
    String said = carried(bound, larger, "--method direct", out);
    assertTrue(said.contains("known answers: none"), said);
  }

  /** Beside a base with all the room that there is. */
  private Path roomy() throws IOException {
    Path out = directory.resolve("roomy.m4img");
    if (Files.notExists(out)) {
      Path recipe = directory.resolve("roomy.json");
      Files.deleteIfExists(recipe);
      Files.copy(directory.resolve("recipe.json"), recipe);
      Recipes.edit(
          recipe,
          "\"scheme\": \"f32\"",
          "\"scheme\": \"f32\", \"options\": {\"adapter_slots\": [\"scales\", \"embeddings\","
              + " \"tables\"]}");
      Recipes.edit(recipe, ", \"jetson-orin-nx\"", "");
      done("build", recipe, "--out", directory.resolve("roomy"));
      Files.move(directory.resolve("roomy/tiny-1.2.3.m4img"), out);
    }
    return out;
  }

  /** What no algebra on the weights makes sense of is ported as it is, number by number. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "peft-dora",
        "peft-embedding",
        "peft-modules-to-save",
        "peft-prefix-tuning",
        "peft-lora"
      })
  void trainedNumbersOfEveryMethodArePortedAsTheyAre(String golden) throws IOException {
    Path image = roomy();
    Path trained = directory.resolve(golden + ".m4adapter");
    Path out = directory.resolve(golden + "-carried.m4adapter");
    done(
        "adapter pack --id org.example.tiny --version 1.0.0",
        Tool.ROOT.resolve("tests/fixtures/goldens").resolve(golden),
        "--base",
        image,
        "--out",
        trained);
    String method = golden.equals("peft-lora") ? "--method direct --json" : "--json";
    Fields report =
        json(
            done(
                "adapter carry",
                trained,
                "--from",
                model,
                "--to",
                model,
                "--base",
                image,
                method,
                "--out",
                out));
    assertEquals("direct", report.string("method"));
    try (AdapterPackage before = AdapterPackage.open(trained);
        AdapterPackage after = AdapterPackage.open(out)) {
      assertEquals(before.weightsDigest(), after.weightsDigest());
      assertEquals(before.content().method(), after.content().method());
      assertEquals(before.content().points(), after.content().points());
      assertEquals(before.content().heads(), after.content().heads());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "peft-dora, is DoRA",
    "peft-embedding, is LoRA of a table of tokens",
    "peft-modules-to-save, is a weight of the adapter's own",
    "peft-prefix-tuning, is prefix tuning"
  })
  void whatOnlyOneMethodCarriesIsNamed(String golden, String said) throws IOException {
    Path image = roomy();
    Path trained = directory.resolve(golden + "-refused.m4adapter");
    Path out = directory.resolve(golden + "-never.m4adapter");
    done(
        "adapter pack --id org.example.tiny --version 1.0.0",
        Tool.ROOT.resolve("tests/fixtures/goldens").resolve(golden),
        "--base",
        image,
        "--out",
        trained);
    Tool.Outcome outcome =
        run(
            "adapter carry --method compensated",
            trained,
            "--from",
            model,
            "--to",
            model,
            "--base",
            image,
            "--out",
            out);
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains(said), outcome.error());
    assertFalse(Files.exists(out));
  }

  /** Neither is the best of its methods one that gives no numbers. */
  @Test
  void baseThatGivesNoNumbersKeepsNothing() throws IOException {
    Path broken =
        remade(
            "broken",
            (name, values) -> {
              if (name.equals("model.norm.weight")) {
                Arrays.fill(values, 1e38F);
              }
              return values;
            });
    Path text = directory.resolve("text.json");
    Files.writeString(text, "{\"window\": 8, \"ids\": [123, 158, 55, 205, 248, 82, 49, 37]}");
    Path out = directory.resolve("broken.m4adapter");
    Tool.Outcome outcome =
        run(
            "adapter carry --min-kept 0",
            packed,
            "--from",
            model,
            "--to",
            broken,
            "--tokens",
            text,
            "--out",
            out);
    assertEquals(1, outcome.code(), outcome.out());
    assertTrue(outcome.error().contains("keeps -Infinity %"), outcome.err());
    assertFalse(Files.exists(out));
  }
}
