package org.m4fw.host.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.m4fw.base.file.OutputFile;

/**
 * Writes sound as WAV of 16-bit PCM: the 44 bytes of a plain RIFF header, then the samples,
 * channels interleaved.
 */
public final class WavWriter {
  private static final int HEADER = 44;
  private static final int SCALE = Short.MAX_VALUE;

  private WavWriter() {}

  /** The bytes of a file; what is beyond −1 and 1 is cut off, what is no number is silence. */
  public static byte[] bytes(Sound sound) {
    int channels = sound.channels().size();
    int size = Math.multiplyExact(2 * channels, sound.length());
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.addExact(HEADER, size)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(ascii("RIFF")).putInt(HEADER - 8 + size).put(ascii("WAVE"));
    bytes.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) channels);
    bytes.putInt(sound.rate()).putInt(2 * channels * sound.rate());
    bytes.putShort((short) (2 * channels)).putShort((short) 16);
    bytes.put(ascii("data")).putInt(size);
    for (int i = 0; i < sound.length(); i++) {
      for (float[] channel : sound.channels()) {
        bytes.putShort((short) Math.rint(Math.clamp(channel[i], -1f, 1f) * SCALE));
      }
    }
    return bytes.array();
  }

  /** Writes that file. */
  public static void write(Sound sound, Path file) {
    OutputFile.write(file, bytes(sound));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
