package org.m4fw.host.audio;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.bytes.MappedFile;

/**
 * Reads WAV files: RIFF, little-endian, integers of 8 (unsigned), 16, 24 and 32 bits and floats of
 * 32 and 64 bits, in the plain and in the extensible form of the format chunk. Integers are divided
 * by their largest magnitude.
 *
 * <pre>
 * "RIFF" u32 size "WAVE"  { name u32 size bytes [pad to even] }…
 * "fmt ": u16 tag, u16 channels, u32 rate, u32 bytes/s, u16 bytes/frame, u16 bits
 *         extensible (tag 0xFFFE): u16 22, u16 valid bits, u32 speakers, 16 bytes whose first 2 are the tag
 * "data": the samples, channels interleaved
 * </pre>
 */
public final class WavFile {
  /**
   * All channels together, counted at 16 kHz where the rate is lower, as encoders want them: 70
   * minutes of one channel.
   */
  public static final long MOST_SAMPLES = 1L << 26;

  private static final int MOST_CHANNELS = 256;
  private static final int MOST_RATE = 1_000_000;
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String file;
  private final MemorySegment bytes;

  private WavFile(String file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  private record Format(boolean real, int channels, int rate, int bits) {
    int frame() {
      return channels * bits / 8;
    }
  }

  /**
   * Reads a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link AudioError} or a {@link
   *     org.m4fw.base.file.FileError}
   */
  public static Sound read(Path path) {
    try (MappedFile mapped = MappedFile.open(path)) {
      return new WavFile(path.toString(), mapped.segment()).read();
    }
  }

  /** As {@link #read}; {@code file} is for messages. */
  public static Sound parse(String file, byte[] bytes) {
    return new WavFile(file, MemorySegment.ofArray(bytes)).read();
  }

  private Sound read() {
    if (bytes.byteSize() < 12 || !name(0).equals("RIFF") || !name(8).equals("WAVE")) {
      throw AudioError.NOT_WAV.at(file, "", "it does not start with a RIFF header");
    }
    Optional<Format> format = Optional.empty();
    long at = 12;
    while (at + 8 <= bytes.byteSize()) {
      String name = name(at);
      long size = u32(at + 4);
      long left = bytes.byteSize() - at - 8;
      if (size > left) {
        throw AudioError.DAMAGED.at(file, item(name, at), size + " bytes", "at most " + left);
      }
      if (name.equals("fmt ") && format.isPresent()) {
        throw AudioError.DAMAGED.at(file, item(name, at), "a second format", "one");
      } else if (name.equals("fmt ")) {
        format = Optional.of(format(at + 8, size));
      } else if (name.equals("data")) {
        Format found =
            format.orElseThrow(
                () -> AudioError.DAMAGED.at(file, "data", "samples", "their format before them"));
        return samples(found, bytes.asSlice(at + 8, size));
      }
      at += 8 + size + (size & 1);
    }
    throw AudioError.DAMAGED.at(file, "data", "no samples", "a chunk of this name");
  }

  private Format format(long at, long size) {
    if (size < 16) {
      throw AudioError.DAMAGED.at(file, "fmt", size + " bytes", "at least 16");
    }
    int tag = u16(at);
    if (tag == EXTENSIBLE) {
      if (size < 40) {
        throw AudioError.DAMAGED.at(file, "fmt", size + " bytes", "40 in the extensible form");
      }
      tag = u16(at + 24);
    }
    int channels = u16(at + 2);
    long rate = u32(at + 4);
    int bits = u16(at + 14);
    checkEncoding(tag, bits);
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw AudioError.UNSUPPORTED.at(file, "fmt", channels + " channels", "1 to " + MOST_CHANNELS);
    }
    if (rate < 1 || rate > MOST_RATE) {
      throw AudioError.UNSUPPORTED.at(file, "fmt", rate + " Hz", "1 to " + MOST_RATE);
    }
    Format format = new Format(tag == FLOAT, channels, (int) rate, bits);
    if (u16(at + 12) != format.frame()) {
      throw AudioError.DAMAGED.at(
          file, "fmt", u16(at + 12) + " bytes for all channels", String.valueOf(format.frame()));
    }
    return format;
  }

  private void checkEncoding(int tag, int bits) {
    boolean known =
        switch (tag) {
          case PCM -> bits == 8 || bits == 16 || bits == 24 || bits == 32;
          case FLOAT -> bits == 32 || bits == 64;
          default -> false;
        };
    if (!known) {
      throw AudioError.UNSUPPORTED.at(
          file,
          "fmt",
          "encoding %d of %d bits".formatted(tag, bits),
          "PCM (1) of 8, 16, 24 or 32 bits or floats (3) of 32 or 64");
    }
  }

  private Sound samples(Format format, MemorySegment data) {
    long length = data.byteSize() / format.frame();
    if (length * format.frame() != data.byteSize()) {
      throw AudioError.DAMAGED.at(
          file, "data", data.byteSize() + " bytes", "a multiple of " + format.frame());
    }
    if (length == 0) {
      throw AudioError.TOO_SHORT.at(file, "", 0, format.rate(), 1);
    }
    long wanted = length * format.channels() * Math.max(1, Math.ceilDiv(16_000, format.rate()));
    if (wanted > MOST_SAMPLES) {
      throw AudioError.TOO_LONG.at(file, "", wanted, MOST_SAMPLES);
    }
    List<float[]> channels = new ArrayList<>();
    for (int channel = 0; channel < format.channels(); channel++) {
      float[] samples = new float[(int) length];
      long offset = (long) channel * format.bits() / 8;
      for (int i = 0; i < samples.length; i++) {
        samples[i] = sample(format, data, (long) i * format.frame() + offset);
        if (!Float.isFinite(samples[i])) {
          throw AudioError.NOT_FINITE.at(file, "data", i, samples[i]);
        }
      }
      channels.add(samples);
    }
    return new Sound(format.rate(), channels);
  }

  private static float sample(Format format, MemorySegment data, long at) {
    if (format.real()) {
      return format.bits() == 32
          ? Float.intBitsToFloat(data.get(U32, at))
          : (float) Double.longBitsToDouble(data.get(U64, at));
    }
    return switch (format.bits()) {
      case 8 -> ((data.get(ValueLayout.JAVA_BYTE, at) & 0xFF) - 128) / 0x1p7f;
      case 16 -> data.get(U16, at) / 0x1p15f;
      case 24 -> {
        int low = data.get(U16, at) & 0xFFFF;
        yield (data.get(ValueLayout.JAVA_BYTE, at + 2) << 16 | low) / 0x1p23f;
      }
      default -> data.get(U32, at) / 0x1p31f;
    };
  }

  private String name(long at) {
    byte[] name = bytes.asSlice(at, 4).toArray(ValueLayout.JAVA_BYTE);
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static String item(String name, long at) {
    return "%s at %d".formatted(name.strip(), at);
  }

  private int u16(long at) {
    return bytes.get(U16, at) & 0xFFFF;
  }

  private long u32(long at) {
    return bytes.get(U32, at) & 0xFFFF_FFFFL;
  }
}
