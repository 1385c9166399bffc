package org.m4fw.tests.lite;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.model.ImageGraph;
import org.m4fw.cli.model.LiteFile;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.host.Component;
import org.m4fw.host.LiteOracle;
import org.m4fw.host.TensorRun;
import org.m4fw.image.ImageFile;
import org.m4fw.tests.build.Tool;
import tools.jackson.databind.JsonNode;

/** Files out of an image, run by TensorFlow Lite, against the model as it came. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class LiteImageFileTest {
  private static final Path MODEL = Tool.ROOT.resolve("examples/kjv/kjv-llama");
  private static final int TOKENS = 8;

  @TempDir static Path directory;

  @BeforeAll
  static void build() throws IOException {
    Files.writeString(
        directory.resolve("recipe.json"),
        """
        {"product": "phone", "version": "1.0.0", "build": 1,
         "rollback": {"domain": "m4", "index": 0},
         "components": [
           {"name": "backbone", "model": "%s", "scheme": "int4-g64", "method": "rtn",
            "calibration": "tokens.json", "licence": "CC0-1.0",
            "sizes": [{"sequence_length": %s, "past_sequence_length": 0}]}],
         "targets": ["pixel7pro-cpu", "pixel7pro-gpu", "pixel7pro-tpu"]}
        """
            .formatted(MODEL, TOKENS));
    List<String> ids =
        StrictJson.readObject(Tool.ROOT.resolve("examples/kjv/calib/tokens.json"))
            .node()
            .get("ids")
            .valueStream()
            .limit(64)
            .map(JsonNode::toString)
            .toList();
    Files.writeString(
        directory.resolve("tokens.json"), "{\"window\": 32, \"ids\": %s}".formatted(ids));
    Tool.Outcome outcome =
        Tool.run(
            "build",
            directory.resolve("recipe.json").toString(),
            "--out",
            directory.resolve("out").toString());
    assertEquals(0, outcome.code(), outcome.err());
  }

  /**
   * Four bits, and eight in all that is computed: what is kept of the logits. XNNPACK refuses
   * scales that are negative, as those of blocks of 32 may be.
   */
  @ParameterizedTest
  @CsvSource({"pixel7pro-gpu, true, 15", "pixel7pro-gpu, false, 15", "pixel7pro-tpu, false, 15"})
  void fileOutOfTheImageAnswersLikeTheModel(String target, boolean delegated, double decibels)
      throws IOException {
    try (ImageFile image = ImageFile.open(directory.resolve("out/phone-1.0.0.m4img"));
        Arena arena = Arena.ofShared()) {
      LiteFile file =
          LiteFile.of(image).stream()
              .filter(found -> found.target().equals(target))
              .findFirst()
              .orElseThrow();
      LiteModel.Signature signature = file.read(image).signatures().getFirst();
      SortedMap<String, Tensor> given = given(arena);
      SortedMap<String, Tensor> known = new TreeMap<>(given);
      try (Component host =
          Component.open(
              "host",
              ImageGraph.read(
                  image,
                  image.section("host-graph.backbone.decoder.%s.0".formatted(target)).section()))) {
        host.run("test", given, arena).forEach(tensor -> known.put(tensor.name(), tensor));
      }
      Map<String, byte[]> inputs = new TreeMap<>();
      signature
          .inputs()
          .forEach(
              (name, tensor) ->
                  inputs.put(
                      name,
                      LiteRun.bytes(
                          signature.tensors().get(tensor),
                          LiteRun.floats(requireNonNull(known.get(name), name)))));
      byte[] logits =
          requireNonNull(
              LiteOracle.run(whole(image, file), signature.key(), delegated, inputs).get("logits"));
      float[] found =
          LiteRun.floats(
              signature.tensors().get(requireNonNull(signature.outputs().get("logits"))), logits);
      double kept = LiteRun.sqnr(expected(given), found);
      assertTrue(kept >= decibels, "%s dB".formatted(kept));
    }
  }

  private static Path whole(ImageFile image, LiteFile file) throws IOException {
    Path path = directory.resolve(file.name());
    try (var out = Files.newOutputStream(path)) {
      for (MemorySegment part : file.bytes(image)) {
        out.write(part.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return path;
  }

  private static SortedMap<String, Tensor> given(Arena arena) {
    long[] ids = {1, 300, 451, 282, 900, 263, 1200, 77};
    long[] ones = new long[TOKENS];
    long[] positions = new long[TOKENS];
    for (int i = 0; i < TOKENS; i++) {
      ones[i] = 1;
      positions[i] = i;
    }
    SortedMap<String, Tensor> given = new TreeMap<>();
    given.put("input_ids", tensor("input_ids", ids, arena));
    given.put("attention_mask", tensor("attention_mask", ones, arena));
    given.put("position_ids", tensor("position_ids", positions, arena));
    return given;
  }

  private static Tensor tensor(String name, long[] values, Arena arena) {
    MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_LONG, values);
    return new Tensor(
        name,
        DType.I64,
        Shape.of(1, values.length),
        new Extent(Path.of("test"), 0, data.byteSize()),
        data);
  }

  private static float[] expected(SortedMap<String, Tensor> given) {
    try (RunnableModel model =
            ModelOpener.open(ModelRequest.of(MODEL), CacheDirectory.ofUser(), Progress.silent());
        TensorRun run = model.run("test", given)) {
      MemorySegment logits =
          run.outputs().stream()
              .filter(output -> output.info().name().equals("logits"))
              .map(TensorRun.Output::data)
              .findFirst()
              .orElseThrow();
      return logits.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }
}
