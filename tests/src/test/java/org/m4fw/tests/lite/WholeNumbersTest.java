package org.m4fw.tests.lite;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LitePlacement;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.targets.Targets;
import org.m4fw.tests.build.Tool;

/**
 * Graphs in eight bits on the inputs of the reference data, against the same operations in floating
 * point, both as TensorFlow Lite computes them: with its CPU delegate and with its plain kernels.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class WholeNumbersTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");

  /** What an operator by itself has to keep of exact inputs, in dB. */
  private static final double EACH = 25;

  /**
   * Of sums with masks: the step has to hold what is masked beside scores that may be small.
   * Softmax takes it from them.
   */
  private static final double MASKED = 14;

  private static final NnapiRules RULES =
      new NnapiRules(Tool.ROOT.resolve("tests/fixtures/op-lists/tflite_nnapi_delegate.json"));

  @TempDir Path directory;

  /**
   * @param together what each part's results have to keep at least: a bit less than was measured
   */
  @ParameterizedTest
  @CsvSource({
    "imagebind-tiny-pth, 4, 22",
    "whisper-f16, 3, 25",
    "clip-text-f32, 1, 20",
    "sd-unet-f32, 1, 18",
    "sd-vae-f32, 2, 14",
    "vits-f32, 2, 21",
  })
  void everyComponentIsTheTpusAndCloseToFloatingPoint(String golden, int parts, double together) {
    Path model = GOLDENS.resolve(golden);
    try (WholeModel whole =
        new WholeModel(model, model.resolve("expected.safetensors"), new Observer.MinMax())) {
      assertEquals(parts, whole.parts().size());
      for (WholeModel.Part part : whole.parts()) {
        Signature graph = part.whole().signatures().getFirst();
        assertEquals(List.of(), RULES.broken(graph), part.name());
        List<LitePlacement> places = LitePlacement.of(graph, Targets.find("pixel7pro-tpu"));
        assertTrue(places.stream().allMatch(LitePlacement::onDevice), part.name());
        assertEquals(1, LitePlacement.pieces(places));
        check(part, graph, new Bounds(golden, together, 0, EACH));
      }
    }
  }

  /**
   * Of a text encoder that was not trained the scores are next to nothing beside masks, and the
   * means beside what they are subtracted from.
   */
  private static double wanted(String golden, String name) {
    boolean untrained = golden.startsWith("vits") && name.startsWith("text_encoder.");
    if (name.endsWith(".masked")) {
      return untrained ? -1 : MASKED;
    }
    return untrained && name.endsWith(".layer_norm.mean") ? 8 : EACH;
  }

  /**
   * The example's own components: the backbone, which has been trained, and what keeps the bound on
   * seeded numbers without having been trained. Below it are the products of the backbone's gates,
   * each of them twice, as they are brought into another shape.
   *
   * @param poor how many operations keep less than {@link #EACH} of exact inputs
   * @param least what the poorest of these keeps
   */
  @ParameterizedTest
  @CsvSource({
    "m4-tiny/models/whisper, 3, 22, 0, 25",
    "m4-tiny/models/llama-proj, 1, 30, 0, 25",
    "kjv/kjv-llama, 1, 21, 12, 20",
  })
  void componentsOfTheExampleAreCloseToFloatingPoint(
      String example, int parts, double together, int poor, double least) {
    Path model = Tool.ROOT.resolve("examples").resolve(example);
    Path data =
        example.startsWith("kjv")
            ? Tool.ROOT.resolve("examples/kjv/calib/tokens.json")
            : SeededFile.write(model, directory.resolve("inputs.safetensors"));
    try (WholeModel whole = new WholeModel(model, data, new Observer.MinMax())) {
      assertEquals(parts, whole.parts().size());
      for (WholeModel.Part part : whole.parts()) {
        check(
            part, part.whole().signatures().getFirst(), new Bounds(example, together, poor, least));
      }
    }
  }

  /**
   * What has to be kept.
   *
   * @param together by the results of the whole, in dB
   * @param poor how many operations may keep less alone than is wanted of them
   * @param least what each of these has to keep
   */
  private record Bounds(String model, double together, int poor, double least) {}

  private void check(WholeModel.Part part, Signature graph, Bounds bounds) {
    SortedMap<String, Tensor> sample = part.samples().getFirst();
    Path file = directory.resolve("model.tflite");
    Map<String, float[]> exact = LiteRun.all(part.exact(), file, sample);
    SortedMap<String, float[]> right = LiteRun.outputs(part.exact(), file, false, sample);
    for (boolean delegated : List.of(false, true)) {
      SortedMap<String, float[]> alone = LiteRun.alone(part.whole(), file, delegated, exact);
      List<String> poor = new ArrayList<>();
      double poorest = Double.POSITIVE_INFINITY;
      String where = "";
      for (Operation operation : graph.operations()) {
        String name = graph.tensors().get(operation.outputs().getFirst()).name();
        double kept =
            LiteRun.sqnr(LiteRun.value(exact, name), requireNonNull(alone.get(name), name));
        double wanted = wanted(bounds.model(), name);
        String said = "%s of %s keeps %.1f dB".formatted(operation.operator(), name, kept);
        assertTrue(kept >= Math.min(wanted, bounds.least()), said);
        if (kept < wanted) {
          poor.add(said);
        }
        if (kept < poorest) {
          poorest = kept;
          where = said;
        }
      }
      assertTrue(poor.size() <= bounds.poor(), () -> part.name() + ": " + poor);
      say(
          "%s: %s operations, %s; below %s dB: %s"
              .formatted(part.name(), graph.operations().size(), where, EACH, poor));
      LiteRun.outputs(part.whole(), file, delegated, sample)
          .forEach(
              (name, found) -> {
                double kept = LiteRun.sqnr(requireNonNull(right.get(name)), found);
                say("%s keeps %.1f dB, delegate %s".formatted(name, kept, delegated));
                assertTrue(kept >= bounds.together(), "%s keeps %.1f dB".formatted(name, kept));
              });
    }
  }

  /** The figures of docs/litert.md. */
  private static void say(String line) {
    try {
      Files.writeString(
          Path.of("target/whole-numbers.txt"),
          line + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
