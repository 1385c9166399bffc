package org.m4fw.host.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.Fixtures;
import org.m4fw.host.FloatTensor;

/** Encoders' inputs against torchaudio, ImageBind's own code and transformers. */
final class AudioPreparationTest {
  private static final String EXPECTED = "audio/expected.safetensors";

  private static Sound speech() {
    return WavFile.read(Fixtures.path("audio/speech.wav"));
  }

  private static float[] expected(String name) {
    return Fixtures.numbers(EXPECTED, name);
  }

  private static void assertNear(float[] expected, float[] actual, double tolerance) {
    double difference = Fixtures.difference(expected, actual);
    assertTrue(difference <= tolerance, () -> "off by " + difference);
  }

  /** The frames of each row that were kept of the original's. */
  private static float[] frames(FloatTensor tensor, IntPredicate kept) {
    int frames = (int) tensor.shape().dims().getLast().longValue();
    int[] places =
        IntStream.range(0, tensor.values().length).filter(i -> kept.test(i % frames)).toArray();
    float[] values = new float[places.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.values()[places[i]];
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {44100, 48000, 8000, 22050, 11025, 16000, 15999, 192000})
  void anotherRateGivesTheSamplesOfTorchaudioIn64Bits(int rate) {
    Sound sound = Sound.mono(rate, expected("resample.in")).at(16000);
    assertNear(expected("resample." + rate), sound.firstChannel(), 1e-6);
  }

  @Test
  void clipsStartWhereThoseOfImageBindDo() {
    float[] lengths = expected("clip.lengths");
    float[] starts = expected("clip.starts");
    for (int i = 0; i < lengths.length; i++) {
      for (int clip = 0; clip < 3; clip++) {
        assertEquals(starts[3 * i + clip], ImageBindAudio.start((int) lengths[i], clip, 3));
      }
    }
  }

  @Test
  void inputOfImageBindIsThatOfItsOwnCode() {
    FloatTensor input = ImageBindAudio.prepare("test", speech(), 3, 128, 204);
    assertEquals(Shape.of(1, 3, 1, 128, 204), input.shape());
    assertNear(expected("imagebind"), frames(input, frame -> frame % 12 == 0), 1e-4);
  }

  @Test
  void shortSoundIsFilledUp() {
    float[] start = java.util.Arrays.copyOf(speech().firstChannel(), 9000);
    FloatTensor input = ImageBindAudio.prepare("test", Sound.mono(16000, start), 3, 128, 204);
    assertNear(expected("imagebind.short"), frames(input, frame -> frame % 12 == 0), 1e-4);
  }

  @Test
  void smallModelGetsFewerBandsFramesAndClips() {
    FloatTensor input = ImageBindAudio.prepare("test", speech(), 2, 16, 50);
    assertEquals(Shape.of(1, 2, 1, 16, 50), input.shape());
    assertNear(expected("imagebind.small"), input.values(), 1e-4);
  }

  @Test
  void otherRateAndSecondChannelDoNotDisturbImageBind() {
    Sound sound = WavFile.read(Fixtures.path("audio/stereo.wav"));
    FloatTensor input = ImageBindAudio.prepare("test", sound, 3, 128, 204);
    assertNear(expected("imagebind.stereo"), frames(input, frame -> frame % 6 == 0), 1e-4);
  }

  @Test
  void soundShorterThanAFrameIsRefused() {
    Sound sound = Sound.mono(16000, new float[399]);
    assertRefused(AudioError.TOO_SHORT, () -> ImageBindAudio.prepare("test", sound, 3, 128, 204));
  }

  @Test
  void inputOfWhisperIsThatOfTransformers() {
    FloatTensor input = WhisperAudio.prepare(speech(), 80, 3000);
    assertEquals(Shape.of(1, 80, 3000), input.shape());
    float[] kept = expected("whisper");
    float[] actual = new float[kept.length];
    int at = 0;
    for (int band = 0; band < 80; band++) {
      for (int frame = 0; frame < 240; frame += 6) {
        actual[at++] = input.values()[band * 3000 + frame];
      }
      for (int frame :
          new int[] {230, 231, 232, 233, 234, 235, 236, 237, 238, 239, 240, 241, 2998, 2999}) {
        actual[at++] = input.values()[band * 3000 + frame];
      }
    }
    assertNear(kept, actual, 1e-4);
  }

  @Test
  void longSoundIsCut() {
    FloatTensor input = WhisperAudio.prepare(speech(), 80, 100);
    assertNear(expected("whisper.cut"), frames(input, frame -> frame % 4 == 0), 1e-4);
  }
}
