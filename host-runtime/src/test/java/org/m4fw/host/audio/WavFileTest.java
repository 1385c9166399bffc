package org.m4fw.host.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.host.Fixtures;

/** WAV files of all encodings give their samples; what is not one is refused. */
final class WavFileTest {
  /** Of a plain file: the size of the format chunk, and where its fields are. */
  private static final int FORMAT_SIZE = 16;

  private static final int TAG = 20;
  private static final int CHANNELS = 22;
  private static final int RATE = 24;
  private static final int FRAME = 32;
  private static final int BITS = 34;
  private static final int DATA_SIZE = 40;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pcm8.wav",
        "pcm16-stereo.wav",
        "pcm24.wav",
        "pcm32.wav",
        "float32.wav",
        "float64.wav",
        "extensible.wav"
      })
  void samplesAreThoseThatWereWritten(String file) {
    Sound sound = WavFile.read(Fixtures.path("audio").resolve(file));
    assertEquals(8000, sound.rate());
    assertEquals(2, sound.channels().size());
    float[] both = Arrays.copyOf(sound.firstChannel(), 2 * sound.length());
    System.arraycopy(sound.channels().get(1), 0, both, sound.length(), sound.length());
    assertArrayEquals(Fixtures.numbers("audio/expected.safetensors", file), both);
  }

  @Test
  void writtenSoundIsReadAgain(@TempDir Path directory) {
    Sound sound =
        new Sound(22050, List.of(new float[] {0, 0.5f, -1, 2}, new float[] {1, 0, 0, -2}));
    WavWriter.write(sound, directory.resolve("out.wav"));
    Sound again = WavFile.read(directory.resolve("out.wav"));
    assertEquals(22050, again.rate());
    assertArrayEquals(new float[] {0, 0.5f, -1, 1}, again.firstChannel(), 1e-4f);
    assertArrayEquals(new float[] {1, 0, 0, -1}, again.channels().get(1), 1e-4f);
  }

  @Test
  void channelsAreAveraged() {
    Sound sound = new Sound(10, List.of(new float[] {1, 0}, new float[] {0, -1}));
    assertArrayEquals(new float[] {0.5f, -0.5f}, sound.mono().firstChannel());
  }

  @Test
  void otherFileIsRefused() {
    refused(AudioError.NOT_WAV, new byte[0]);
    refused(
        AudioError.NOT_WAV,
        "RIFF    AVI LIST".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  @Test
  void fileThatIsCutShortIsRefused() {
    byte[] bytes = plain().array();
    refused(AudioError.DAMAGED, Arrays.copyOf(bytes, bytes.length - 1));
    refused(AudioError.DAMAGED, Arrays.copyOf(bytes, 30));
  }

  @Test
  void fileWithoutSamplesIsRefused() {
    refused(AudioError.DAMAGED, Arrays.copyOf(plain().array(), 36));
    refused(AudioError.TOO_SHORT, Arrays.copyOf(plain().putInt(DATA_SIZE, 0).array(), 44));
  }

  @Test
  void samplesBeforeTheirFormatAreRefused() {
    byte[] bytes = plain().array();
    byte[] swapped = Arrays.copyOf(bytes, 12 + 8 + 4);
    System.arraycopy(bytes, 36, swapped, 12, 4);
    swapped[16] = 4;
    refused(AudioError.DAMAGED, swapped);
  }

  @Test
  void secondFormatIsRefused() {
    byte[] bytes = plain().array();
    ByteBuffer twice = ByteBuffer.allocate(bytes.length + 24);
    twice.put(bytes, 0, 36).put(bytes, 12, bytes.length - 12);
    refused(AudioError.DAMAGED, twice.array());
  }

  @Test
  void shortFormatIsRefused() {
    refused(AudioError.DAMAGED, plain().putInt(FORMAT_SIZE, 14).array());
    refused(AudioError.DAMAGED, plain().putShort(TAG, (short) 0xFFFE).array());
  }

  @Test
  void unknownEncodingIsRefused() {
    refused(AudioError.UNSUPPORTED, plain().putShort(TAG, (short) 2).array());
    refused(AudioError.UNSUPPORTED, plain().putShort(BITS, (short) 12).array());
    refused(AudioError.UNSUPPORTED, plain().putShort(TAG, (short) 3).array());
  }

  @Test
  void rateThatNobodyRecordsAtIsRefused() {
    refused(AudioError.UNSUPPORTED, plain().putInt(RATE, 0).array());
    refused(AudioError.UNSUPPORTED, plain().putInt(RATE, -1).array());
  }

  @Test
  void channelsThatDoNotFitTheFrameAreRefused() {
    refused(AudioError.UNSUPPORTED, plain().putShort(CHANNELS, (short) 0).array());
    refused(AudioError.DAMAGED, plain().putShort(CHANNELS, (short) 2).array());
    refused(AudioError.DAMAGED, plain().putShort(FRAME, (short) 3).array());
  }

  @Test
  void samplesThatEndWithinAFrameAreRefused() {
    refused(AudioError.DAMAGED, plain().putInt(DATA_SIZE, 7).array());
  }

  @Test
  void soundThatGrowsTooLongAtTheRateOfModelsIsRefused() {
    refused(AudioError.TOO_LONG, WavWriter.bytes(Sound.mono(1, new float[5000])));
  }

  @Test
  void sampleThatIsNoNumberIsRefused() {
    byte[] bytes = Fixtures.bytes("audio/float32.wav");
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - 4, Float.POSITIVE_INFINITY);
    refused(AudioError.NOT_FINITE, bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pcm8.wav", "extensible.wav", "float64.wav"})
  void changedHeaderIsReadOrRefused(String file) {
    byte[] bytes = Fixtures.bytes("audio/" + file);
    int refused = 0;
    for (int at = 0; at < 80; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] changed = bytes.clone();
        changed[at] ^= (byte) (1 << bit);
        try {
          WavFile.parse("test", changed);
        } catch (ProblemException e) {
          assertTrue(e.problem().code() instanceof AudioError, e::getMessage);
          refused++;
        }
      }
    }
    assertTrue(refused > 0);
  }

  /** Four samples of one channel of 16 bits. */
  private static ByteBuffer plain() {
    byte[] bytes = WavWriter.bytes(Sound.mono(16000, new float[] {0, 0.1f, 0.2f, 0.3f}));
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void refused(ErrorCode code, byte[] bytes) {
    assertRefused(code, () -> WavFile.parse("test", bytes));
  }
}
