package org.m4fw.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.answer.LabelAnswer;
import org.m4fw.host.audio.ImageBindAudio;
import org.m4fw.host.audio.WavFile;
import org.m4fw.host.image.ImageFile;
import org.m4fw.host.image.ImagePreparation;
import org.m4fw.host.motion.MotionFile;
import org.m4fw.host.motion.MotionWindow;

/** From files through the encoders of a small ImageBind to an answer. */
final class FrontEndRunTest {
  private static FloatTensor image(int[] dims) {
    return ImagePreparation.prepare(
        ImageFile.read(Fixtures.path("image/photo.jpg")), dims[2], dims[3]);
  }

  private static FloatTensor sound(int[] dims) {
    return ImageBindAudio.prepare(
        "test", WavFile.read(Fixtures.path("audio/stereo.wav")), 3, dims[3], dims[4]);
  }

  private static FloatTensor movement(int[] dims) {
    MotionWindow window = new MotionWindow(OptionalDouble.empty(), OptionalInt.of(0), true);
    return window.cut("test", MotionFile.read(Fixtures.path("motion/f4.npy")), dims[2]);
  }

  private static int[] dims(Port port) {
    return port.dims().stream()
        .mapToInt(dim -> dim instanceof Port.Dim.Fixed fixed ? (int) fixed.size() : 0)
        .toArray();
  }

  private static float[] embedding(String modality, Function<int[], FloatTensor> frontEnd) {
    try (Checkpoint checkpoint = Checkpoint.open(Models.golden("imagebind-tiny-pth"))) {
      SequencedMap<String, CompiledModel> parts = Models.compileParts(checkpoint, "host");
      CompiledModel encoder = java.util.Objects.requireNonNull(parts.get(modality));
      Port port = encoder.inputs().firstEntry().getValue();
      Map<String, Tensor> inputs =
          Map.of(port.name(), frontEnd.apply(dims(port)).named(port.name()));
      try (TensorRun run =
          TensorRun.execute("test", Map.of(modality, encoder), Optional.empty(), inputs)) {
        TensorRun.Output output = run.outputs().getFirst();
        assertEquals(2, output.info().shape().rank());
        return output.data().toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT);
      }
    }
  }

  @Test
  void fileOfEachKindIsEmbedded() {
    float[] image = embedding("vision", FrontEndRunTest::image);
    float[] sound = embedding("audio", FrontEndRunTest::sound);
    float[] movement = embedding("imu", FrontEndRunTest::movement);
    float[] candidates = new float[2 * image.length];
    System.arraycopy(sound, 0, candidates, 0, sound.length);
    System.arraycopy(image, 0, candidates, image.length, image.length);
    assertEquals(image.length, movement.length);
    LabelAnswer answer = LabelAnswer.nearest(image, List.of("sound", "image"), candidates);
    double cosine =
        answer.choices().stream()
            .filter(c -> c.label().equals("image"))
            .findFirst()
            .orElseThrow()
            .cosine();
    assertEquals(1, cosine, 1e-5);
    assertTrue(answer.best().probability() < 1);
  }
}
