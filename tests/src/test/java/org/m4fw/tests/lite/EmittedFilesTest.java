package org.m4fw.tests.lite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.graph.tflite.LiteReader;
import org.m4fw.tests.build.Tool;

/**
 * Every file that {@code compile} writes for the TPU, all buckets of it, against the rules of the
 * delegate; and how much of it the stricter list has.
 */
final class EmittedFilesTest {
  private static final Path EXAMPLES = Tool.ROOT.resolve("examples");
  private static final NnapiRules RULES =
      new NnapiRules(Tool.ROOT.resolve("tests/fixtures/op-lists/tflite_nnapi_delegate.json"));

  @TempDir Path directory;

  private static void run(String... command) {
    Tool.Outcome outcome = Tool.run(command);
    assertEquals(0, outcome.code(), outcome.err());
  }

  private static List<Fields> graphs(Path out) {
    return StrictJson.readObject(out.resolve("report.json"))
        .objects("targets")
        .getFirst()
        .objects("graphs");
  }

  private static void holdsTheRules(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      LiteModel model = LiteReader.read(file.toString(), mapped.segment());
      for (LiteModel.Signature signature : model.signatures()) {
        assertEquals(List.of(), RULES.broken(signature), file + " " + signature.key());
      }
    }
  }

  /**
   * @param signatures parts, times their buckets
   */
  @ParameterizedTest
  @CsvSource({
    "m4-tiny/models/imagebind, 4",
    "m4-tiny/models/whisper, 3",
    "m4-tiny/models/llama-proj, 1",
    "m4-tiny/models/stable-diffusion, 4",
    "kjv/kjv-llama, 2",
  })
  void everyFileKeepsTheRules(String model, int signatures) throws IOException {
    Path source = EXAMPLES.resolve(model);
    Path data =
        model.startsWith("kjv")
            ? tokens()
            : SeededFile.write(source, directory.resolve("inputs.safetensors"));
    Path tpu = directory.resolve("tpu");
    Path coral = directory.resolve("coral");
    run(command(source, "pixel7pro-tpu", tpu, "--calibration", data.toString()));
    run(
        command(
            source,
            "pixel7pro-tpu-coral",
            coral,
            "--ranges",
            tpu.resolve("pixel7pro-tpu.ranges.json").toString()));
    assertEquals(signatures, graphs(tpu).size());
    assertEquals(signatures, graphs(coral).size());
    for (Fields graph : graphs(tpu)) {
      holdsTheRules(tpu.resolve(graph.string("file")));
      assertEquals(1, graph.integer("pieces", 0, 100_000), graph.string("part"));
      assertEquals(graph.integer("operations", 1, 100_000), graph.integer("on_device", 0, 100_000));
    }
    Map<String, String> shares = new TreeMap<>();
    for (Fields graph : graphs(coral)) {
      holdsTheRules(coral.resolve(graph.string("file")));
      Map<String, Long> blocked = blocked(graph);
      // Products of two computed matrices, and rows at computed positions, as of the last token.
      assertTrue(
          List.of("BATCH_MATMUL", "GATHER").containsAll(blocked.keySet()), blocked.toString());
      long lacking = blocked.values().stream().mapToLong(Long::longValue).sum();
      assertEquals(
          graph.integer("operations", 1, 100_000) - lacking,
          graph.integer("on_device", 0, 100_000));
      shares.put(
          graph.string("part") + " " + graph.string("signature"),
          "%s of %s, in %s pieces; lacks %s"
              .formatted(
                  graph.integer("on_device", 0, 100_000),
                  graph.integer("operations", 1, 100_000),
                  graph.integer("pieces", 0, 100_000),
                  blocked));
    }
    Files.writeString(
        Path.of("target/coral-%s.txt".formatted(source.getFileName())), shares.toString());
  }

  private String[] command(Path model, String target, Path out, String option, String value) {
    return new String[] {
      "compile", model.toString(), "--target", target, "--out", out.toString(), option, value,
    };
  }

  private static Map<String, Long> blocked(Fields graph) {
    Map<String, Long> blocked = new TreeMap<>();
    for (Fields node : graph.objects("nodes")) {
      if (!node.string("placed").equals("pixel7pro-tpu-coral")) {
        blocked.merge(node.string("operator"), 1L, Long::sum);
      }
    }
    return blocked;
  }

  private Path tokens() throws IOException {
    StringBuilder ids = new StringBuilder("1");
    for (int i = 1; i < 32; i++) {
      ids.append(',').append(3 + 7 * i);
    }
    return Files.writeString(
        directory.resolve("tokens.json"), "{\"window\": 16, \"ids\": [%s]}".formatted(ids));
  }
}
