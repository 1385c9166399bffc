package org.m4fw.adapter;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TensorRun;

/** One LoRA of a denoiser in every spelling, against diffusers with the same LoRA merged. */
class DiffusionParityTest {
  private static final Path LORA = Compiled.GOLDENS.resolve("sd-unet-lora");
  private static final Pattern KEY =
      Pattern.compile("lora_unet_(.+)\\.(lora_down|lora_up|alpha).*");

  /** What kohya's scripts set alpha to in the file, over its rank. */
  private static final float FACTOR = 1.5f;

  @TempDir Path directory;

  @Test
  void namesOfKohyaGiveTheOutputOfDiffusers() {
    requireParity(LORA.resolve("kohya.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"layers", "peft", "original"})
  void otherSpellingsGiveTheSameOutput(String spelling) {
    requireParity(respelled(spelling));
  }

  @Test
  void kernelsAndAlphasOfTheMetadataGiveTheOutputOfDiffusers() {
    Path saved = Compiled.GOLDENS.resolve("sd-unet-conv-lora");
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("sd-unet-f32"));
        MappedFile file = MappedFile.open(saved.resolve("expected.safetensors"));
        OpenAdapter adapter = Adapters.open(saved, OptionalDouble.empty())) {
      AdaptedModel adapted = AdaptedModel.of("unet", adapter, unet(checkpoint));
      assertEquals(List.of(), adapted.adapter().warnings());
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      try (TensorRun run =
          TensorRun.execute(
              "expected",
              Compiled.parts(adapted.model(), "host"),
              Optional.of(adapted.adapter()),
              expected)) {
        Tensor original = requireNonNull(expected.get("out_sample"));
        double error = Compiled.relativeError(original, run.outputs().getFirst());
        assertTrue(error <= 1e-4, () -> "the sample is off by " + error);
      }
    }
  }

  @Test
  void kernelsOverACompiledGraphAreRefused() {
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("sd-unet-f32"));
        OpenAdapter adapter =
            Adapters.open(Compiled.GOLDENS.resolve("sd-unet-conv-lora"), OptionalDouble.empty())) {
      List<AttachmentPoint> points = points(unet(checkpoint));
      ProblemException e =
          assertThrows(ProblemException.class, () -> adapter.over(points, Optional.empty()));
      assertTrue(e.problem().text().contains("runs over the checkpoint"), e.problem().text());
    }
  }

  private static Model unet(Checkpoint checkpoint) {
    return ModelImporter.importModel(checkpoint);
  }

  private static void requireParity(Path lora) {
    try (Checkpoint checkpoint = Checkpoint.open(Compiled.GOLDENS.resolve("sd-unet-f32"));
        MappedFile file = MappedFile.open(LORA.resolve("expected.safetensors"));
        OpenAdapter adapter = Adapters.open(lora, OptionalDouble.empty())) {
      Model model = unet(checkpoint);
      SequencedMap<String, CompiledModel> parts = Compiled.parts(model, "host");
      RuntimeAdapter bound = adapter.over(points(model), Optional.empty());
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      try (TensorRun run = TensorRun.execute("expected", parts, Optional.of(bound), expected)) {
        Tensor original = requireNonNull(expected.get("out_sample"));
        double error = Compiled.relativeError(original, run.outputs().getFirst());
        assertTrue(error <= 1e-4, () -> "the sample is off by " + error);
      }
    }
  }

  private static List<AttachmentPoint> points(Model model) {
    return model.parts().values().stream()
        .flatMap(graph -> graph.attachmentPoints().stream())
        .toList();
  }

  /** The file of kohya in other names, which know no alpha: B is multiplied instead. */
  private Path respelled(String spelling) {
    SortedMap<String, String> paths = new TreeMap<>();
    try (Checkpoint unet = Checkpoint.open(Compiled.GOLDENS.resolve("sd-unet-f32"))) {
      points(unet(unet)).forEach(point -> paths.put(point.name().replace('.', '_'), point.name()));
    }
    TensorFile file = new TensorFile();
    try (Checkpoint kohya = Checkpoint.open(LORA.resolve("kohya.safetensors"))) {
      for (Tensor tensor : kohya.tensors().values()) {
        var key = KEY.matcher(tensor.name());
        assertTrue(key.matches(), tensor.name());
        String path = requireNonNull(paths.get(key.group(1)));
        boolean up = key.group(2).equals("lora_up");
        if (!key.group(2).equals("alpha")) {
          float[] values = TensorFloats.all(tensor);
          for (int i = 0; up && i < values.length; i++) {
            values[i] *= FACTOR;
          }
          Shape shape = Shape.of(tensor.shape().dim(0), tensor.shape().dim(1));
          file.add(name(spelling, path, up), shape, values);
        }
      }
    }
    Path saved = directory.resolve("saved");
    file.write(saved.resolve("pytorch_lora_weights.safetensors"));
    return saved;
  }

  private static String name(String spelling, String path, boolean up) {
    return switch (spelling) {
      case "layers" -> "unet.%s.lora.%s.weight".formatted(path, up ? "up" : "down");
      case "peft" -> "unet.%s.lora_%s.weight".formatted(path, up ? "B" : "A");
      default ->
          "lora_unet_%s.lora_%s.weight"
              .formatted(original(path).replace('.', '_'), up ? "up" : "down");
    };
  }

  /** By the numbers of the original code: three to a level, two of them with attention. */
  private static String original(String path) {
    String[] steps = path.split("\\.", 5);
    return switch (steps[0]) {
      case "mid_block" -> path.replace("mid_block.attentions.0.", "middle_block.1.");
      case "down_blocks" ->
          "input_blocks.%s.1.%s"
              .formatted(3 * Integer.parseInt(steps[1]) + Integer.parseInt(steps[3]) + 1, steps[4]);
      default ->
          "output_blocks.%s.1.%s"
              .formatted(3 * Integer.parseInt(steps[1]) + Integer.parseInt(steps[3]), steps[4]);
    };
  }
}
