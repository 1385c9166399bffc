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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** {@code compile} for devices that run LiteRT. */
final class LiteCompileTest {
  private static final Path EXAMPLES = Tool.ROOT.resolve("examples");

  @TempDir Path scratch;

  private Tool.Outcome compile(String model, String out, String... more) {
    List<String> args =
        Stream.concat(
                Stream.of(
                    "compile",
                    EXAMPLES.resolve(model).toString(),
                    "--out",
                    scratch.resolve(out).toString()),
                Stream.of(more))
            .toList();
    return Tool.run(args.toArray(String[]::new));
  }

  private List<Fields> graphs(String model, String... more) {
    Tool.Outcome outcome = compile(model, "out", more);
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.readObject(scratch.resolve("out/report.json"))
        .objects("targets")
        .getFirst()
        .objects("graphs");
  }

  @ParameterizedTest
  @CsvSource({
    "m4-tiny/models/imagebind, 4",
    "m4-tiny/models/llama-proj, 1",
    "m4-tiny/models/whisper, 3",
    "kjv/kjv-llama, 2",
  })
  void everyOperationOfEveryComponentIsTheGpusInOnePiece(String model, int signatures) {
    List<Fields> graphs = graphs(model, "--target", "pixel7pro-gpu");
    assertEquals(signatures, graphs.size());
    for (Fields graph : graphs) {
      assertEquals(1, graph.integer("pieces", 0, 1000), graph.string("part"));
      for (Fields node : graph.objects("nodes")) {
        assertEquals("pixel7pro-gpu", node.string("placed"), node.string("why"));
        assertFalse(node.string("node").isEmpty());
      }
    }
  }

  /** What decides sizes is the host's; the rest is in one piece for each device. */
  @ParameterizedTest
  @CsvSource({"pixel7pro-gpu", "pixel7pro-tpu"})
  void speechIsTheDevicesInOnePieceBesideWhatDecidesItsLength(String target) {
    Path golden = Tool.ROOT.resolve("tests/fixtures/goldens/vits-f32");
    List<Fields> graphs =
        graphs(
            golden.toString(),
            "--target",
            target,
            "--calibration",
            golden.resolve("expected.safetensors").toString(),
            "--sizes",
            "sequence_length=24,frames=64");
    assertEquals(
        List.of("text", "speech", "lengths"),
        graphs.stream().map(graph -> graph.string("part")).toList());
    for (Fields graph : graphs) {
      boolean lengths = graph.string("part").equals("lengths");
      for (Fields node : graph.objects("nodes")) {
        assertEquals(lengths ? "pixel7pro-cpu" : target, node.string("placed"), node.string("why"));
      }
      if (!lengths) {
        assertEquals(1, graph.integer("pieces", 0, 1000));
      }
    }
    assertTrue(Files.isRegularFile(scratch.resolve("out/lengths.%s.host.onnx".formatted(target))));
  }

  @Test
  void bucketsAreSignaturesOfOneFile() {
    List<Fields> graphs =
        graphs(
            "kjv/kjv-llama",
            "--target",
            "pixel7pro-gpu",
            "--scheme",
            "int4",
            "--sizes",
            "sequence_length=4,past_sequence_length=12",
            "--sizes",
            "sequence_length=1,past_sequence_length=15");
    assertEquals(2, graphs.size());
    assertEquals(graphs.get(0).string("file"), graphs.get(1).string("file"));
    assertEquals(
        "past_sequence_length=12,sequence_length=4", graphs.getFirst().string("signature"));
    Fields host = graphs.getFirst().object("host");
    assertTrue(host.strings("outputs").contains("model.embed_tokens"), host.node().toString());
    assertTrue(Files.isRegularFile(scratch.resolve("out").resolve(host.string("file"))));
  }

  /** Methods look at the whole model, though parts of it are the host's. */
  @ParameterizedTest
  @CsvSource({
    "pixel7pro-tpu, int8, gptq",
    "pixel7pro-tpu, int8, awq",
    "pixel7pro-tpu, int8, rtn",
    "pixel7pro-gpu, int4, gptq",
    "pixel7pro-gpu, int4, awq"
  })
  void calibratedWeightsAndSmoothInputsAreForLiteRtToo(String target, String scheme, String method)
      throws IOException {
    List<Fields> graphs =
        graphs(
            "kjv/kjv-llama",
            "--target",
            target,
            "--scheme",
            scheme,
            "--method",
            method,
            "--smooth",
            method.equals("rtn") ? "0.7" : "0.5",
            "--calibration",
            tokens().toString(),
            "--sizes",
            "sequence_length=4,past_sequence_length=12");
    assertEquals(1, graphs.getFirst().integer("pieces", 0, 1000));
    if (target.equals("pixel7pro-tpu")) {
      for (Fields output : graphs.getFirst().object("activations").objects("outputs")) {
        double found = output.number("sqnr_db");
        assertTrue(found > 20, () -> output.string("name") + " has " + found + " dB");
      }
    }
  }

  @Test
  void partThatKeepsLessThanWasAskedForIsRefusedByName() throws IOException {
    Tool.Outcome outcome =
        compile(
            "kjv/kjv-llama",
            "out",
            "--target",
            "pixel7pro-tpu",
            "--calibration",
            tokens().toString(),
            "--min-sqnr",
            "60");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("less than the 60.0 dB asked for"), outcome.error());
    assertTrue(outcome.error().contains("decoder"), outcome.error());
    assertFalse(Files.exists(scratch.resolve("out")));
  }

  /** Both buckets of a decoder are in whole numbers, and hand over a cache in the same steps. */
  @Test
  void backboneIsTheTpusInOnePiecePerBucket() throws IOException {
    List<Fields> graphs =
        graphs(
            "kjv/kjv-llama",
            "--target",
            "pixel7pro-tpu",
            "--calibration",
            tokens().toString(),
            "--sizes",
            "sequence_length=4,past_sequence_length=12",
            "--sizes",
            "sequence_length=1,past_sequence_length=15");
    assertEquals(2, graphs.size());
    for (Fields graph : graphs) {
      assertEquals(1, graph.integer("pieces", 0, 1000));
      for (Fields node : graph.objects("nodes")) {
        assertEquals("pixel7pro-tpu", node.string("placed"), node.string("why"));
      }
    }
    assertEquals(
        steps(graphs.getFirst(), "outputs", "present.0.key"),
        steps(graphs.getLast(), "inputs", "past_key_values.0.key"));
    assertTrue(graphs.getFirst().object("activations").node().toString().contains("sqnr_db"));
  }

  /** What the strict list lacks is named, operator by operator. */
  @Test
  void whatBlocksTheStrictListIsSaid() throws IOException {
    List<Fields> graphs =
        graphs(
            "kjv/kjv-llama",
            "--target",
            "pixel7pro-tpu-coral",
            "--calibration",
            tokens().toString(),
            "--sizes",
            "sequence_length=4,past_sequence_length=12");
    for (Fields node : graphs.getFirst().objects("nodes")) {
      boolean product = node.string("operator").equals("BATCH_MATMUL");
      assertEquals(
          product ? "pixel7pro-cpu" : "pixel7pro-tpu-coral",
          node.string("placed"),
          node.string("operator"));
      assertEquals(product, node.string("why").contains("does not list it"));
    }
  }

  private Path tokens() throws IOException {
    StringBuilder ids = new StringBuilder("1");
    for (int i = 1; i < 32; i++) {
      ids.append(',').append(3 + 7 * i);
    }
    return Files.writeString(
        scratch.resolve("tokens.json"), "{\"window\": 16, \"ids\": [%s]}".formatted(ids));
  }

  private static String steps(Fields graph, String list, String name) {
    return graph.objects(list).stream()
        .filter(tensor -> tensor.string("name").equals(name))
        .map(tensor -> tensor.node().get("scale") + " " + tensor.node().get("zero_point"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void sameModelIsTheSameBytes() throws IOException {
    for (String out : List.of("one", "two")) {
      assertEquals(0, compile("m4-tiny/models/whisper", out, "--target", "pixel7pro-gpu").code());
    }
    for (String file : List.of("encoder.pixel7pro-gpu.tflite", "report.json")) {
      assertArrayEquals(
          Files.readAllBytes(scratch.resolve("one").resolve(file)),
          Files.readAllBytes(scratch.resolve("two").resolve(file)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "kjv/kjv-llama, --target pixel7pro-tpu, give calibration data",
    "kjv/kjv-llama, --target pixel7pro-gpu --sizes sequence_length, expected AXIS=N",
    "../tests/fixtures/goldens/fastspeech2-f32, --target pixel7pro-gpu, depends on what the graph computes",
    "m4-tiny/models/whisper, --target pixel7pro-gpu --sizes past_sequence_length=7, which keys",
  })
  void whatCannotBeDoneIsSaid(String model, String options, String message) {
    Tool.Outcome outcome =
        compile(model, "out", options.replace("../", EXAMPLES.toString() + "/").split(" "));
    assertFalse(outcome.code() == 0);
    assertTrue(outcome.err().contains(message), outcome.err());
    assertFalse(Files.exists(scratch.resolve("out")));
  }

  @Test
  void otherCommandsRefuseTargetsThatRunLite() {
    Tool.Outcome outcome =
        Tool.run(
            "generate",
            EXAMPLES.resolve("kjv/kjv-llama").toString(),
            "--target",
            "pixel7pro-gpu",
            "--prompt",
            "And");
    assertEquals(1, outcome.code());
    assertTrue(outcome.err().contains("runs .tflite files"), outcome.err());
  }
}
