package org.m4fw.quantizer.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.progress.ProgressEvent;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;

class LayerWalkTest {
  @TempDir Path directory = Path.of("");

  /** Stops everywhere and changes nothing. */
  private static final class Observer implements LayerWalk.Visitor {
    final WeightStore store;
    final Map<String, InputMoments> seen = new TreeMap<>();
    final Map<String, float[]> powers = new TreeMap<>();
    final List<String> order = new ArrayList<>();

    Observer(WeightStore store) {
      this.store = store;
    }

    @Override
    public boolean stopsFor(Weight weight) {
      return weight.role() == Weight.Role.LINEAR;
    }

    @Override
    public EncodedWeight passing(Weight weight) {
      return original(weight);
    }

    @Override
    public EncodedWeight original(Weight weight) {
      return store.encode(weight, WeightStore.comesAs(weight), Layout.CANONICAL).weight();
    }

    @Override
    public EncodedWeight visit(Weight weight, LayerInput input) {
      seen.put(weight.name(), input.moments(0, input.width()));
      powers.put(weight.name(), input.powers());
      order.add(weight.name());
      return original(weight);
    }
  }

  private static Observer walk(Path model, Path data) {
    return walk(model, data, Progress.silent());
  }

  private static Observer walk(Path model, Path data, Progress progress) {
    try (Checkpoint checkpoint = Checkpoint.open(model);
        WeightStore store = WeightStore.temporary(WeightEncoder.create());
        CalibrationData calibration = CalibrationData.open(data)) {
      Observer observer = new Observer(store);
      Model imported = ModelImporter.importModel(checkpoint);
      LayerWalk.run("model", imported, calibration, observer, progress);
      assertEquals(
          LayerWalk.weights(imported, calibration, observer).stream().map(Weight::name).toList(),
          observer.order);
      return observer;
    }
  }

  @Test
  void walkStopsForEveryLinearLayerOfADecoderInItsOrder() {
    Observer observer = walk(Calibrations.example(), Calibrations.tokens(directory, 32, 2));
    assertEquals(6 * 7, observer.order.size());
    assertEquals(6 * 7, observer.seen.size());
    assertEquals(
        List.of(
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.0.self_attn.k_proj.weight",
            "model.layers.0.self_attn.v_proj.weight",
            "model.layers.0.self_attn.o_proj.weight"),
        observer.order.subList(0, 4));
  }

  @Test
  void inputsOfAnUnchangedModelAreNotShifted() {
    Observer observer = walk(Calibrations.example(), Calibrations.tokens(directory, 32, 2));
    for (InputMoments moments : observer.seen.values()) {
      for (double shift : moments.shift().data) {
        assertEquals(0, shift);
      }
    }
  }

  /** The first layer sees the normalized embeddings. */
  @Test
  void momentsAreMeansOverAllPositions() {
    Path file = Calibrations.tokens(directory, 40, 3);
    Observer observer = walk(Calibrations.example(), file);
    InputMoments moments = observer.seen.get("model.layers.0.self_attn.k_proj.weight");
    if (moments == null) {
      throw new AssertionError("no moments");
    }
    try (Checkpoint checkpoint = Checkpoint.open(Calibrations.example())) {
      float[] gain = TensorFloats.all(checkpoint.tensor("model.layers.0.input_layernorm.weight"));
      double epsilon = checkpoint.config().orElseThrow().number("rms_norm_eps");
      double[] sums = new double[gain.length];
      double product = 0;
      long[] ids = TokenFile.read(file).ids();
      for (long id : ids) {
        float[] x = new float[gain.length];
        TensorFloats.read(
            checkpoint.tensor("model.embed_tokens.weight"), id * x.length, x, 0, x.length);
        double squares = 0;
        for (float value : x) {
          squares += (double) value * value;
        }
        double scale = 1 / Math.sqrt(squares / x.length + epsilon);
        for (int i = 0; i < x.length; i++) {
          sums[i] += Math.pow(x[i] * scale * gain[i], 2);
        }
        product += x[3] * gain[3] * x[8] * gain[8] * scale * scale;
      }
      for (int i = 0; i < sums.length; i++) {
        double expected = sums[i] / ids.length;
        assertEquals(expected, moments.gram().get(i, i), 1e-5 * (1 + expected));
      }
      assertEquals(product / ids.length, moments.gram().get(3, 8), 1e-5);
    }
  }

  @Test
  void otherComponentsAreWalkedThroughOnTheirTensors() {
    for (String golden : new String[] {"clip-text-f32", "sd-unet-f32"}) {
      Path model = Calibrations.golden(golden);
      Observer observer = walk(model, model.resolve("expected.safetensors"));
      try (Checkpoint checkpoint = Checkpoint.open(model)) {
        long linear =
            ModelImporter.importModel(checkpoint).weights().values().stream()
                .filter(weight -> weight.role() == Weight.Role.LINEAR)
                .count();
        assertEquals(linear, observer.seen.size(), golden);
      }
    }
  }

  @Test
  void partWhoseInputsAreMissingIsLeftOutAndNamed() {
    Path model = Calibrations.golden("whisper-f16");
    List<String> warnings = new ArrayList<>();
    Observer observer =
        walk(
            model,
            model.resolve("expected.safetensors"),
            new Progress(
                event -> {
                  if (event instanceof ProgressEvent.Warning(String text)) {
                    warnings.add(text);
                  }
                }));
    assertFalse(observer.order.isEmpty());
    assertTrue(observer.order.stream().noneMatch(name -> name.contains("decoder.layers.0.fc1")));
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().contains("holds no inputs of the part decoder"));
  }

  @Test
  void powersAreTheDiagonalOfTheMoments() {
    Observer observer = walk(Calibrations.example(), Calibrations.tokens(directory, 40, 3));
    observer.seen.forEach(
        (name, moments) -> {
          float[] powers = observer.powers.getOrDefault(name, new float[0]);
          assertEquals(moments.width(), powers.length);
          assertEquals(3 * 40, moments.positions());
          for (int i = 0; i < powers.length; i++) {
            double expected = moments.gram().get(i, i);
            assertEquals(expected, powers[i], 1e-5 * (1e-3 + expected), name);
          }
        });
  }

  private static ErrorCode refusal(Path model, Path data) {
    return assertThrows(ProblemException.class, () -> walk(model, data)).problem().code();
  }

  @Test
  void tokensAreRefusedForAModelOfTensors() {
    assertEquals(
        CalibrationError.NEEDS_TENSORS,
        refusal(Calibrations.golden("sd-vae-f32"), Calibrations.tokens(directory, 16, 1)));
  }

  @Test
  void tensorsOfAnotherModelAreRefused() {
    assertEquals(
        CalibrationError.MISSING_INPUTS,
        refusal(
            Calibrations.golden("sd-vae-f32"),
            Calibrations.golden("clip-text-f32").resolve("expected.safetensors")));
  }

  @Test
  void tokenOutsideTheVocabularyIsRefused() {
    assertEquals(
        CalibrationError.TOKEN_OUT_OF_RANGE,
        refusal(Calibrations.example(), Calibrations.write(directory, 2, 5, 2048)));
  }

  @Test
  void windowLongerThanTheContextIsRefused() {
    assertEquals(
        CalibrationError.WINDOW_TOO_LONG,
        refusal(Calibrations.example(), Calibrations.write(directory, 9000, new long[9000])));
  }
}
