package org.m4fw.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.m4fw.base.file.FileError;

/**
 * Vectors in a file of {@code numpy.savez}: a zip with one {@code .npy} for each array. Such files
 * lie beside weights, with the means and deviations of features. Source: numpy/lib/format.py.
 */
public final class NumpyArrays {
  private static final int MAX_BYTES = 1 << 20;
  private static final int FIXED = 10;
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '<f([48])', 'fortran_order': (?:True|False), 'shape': \\(([0-9]{1,7}),\\), \\} *\n?");

  private NumpyArrays() {}

  /**
   * One vector of floating-point numbers.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CheckpointError#BAD_ARRAYS}
   */
  public static float[] vector(Path file, String name) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry =
          Optional.ofNullable(zip.getEntry(name + ".npy"))
              .orElseThrow(() -> bad(file, name, "there is no array of this name"));
      try (InputStream in = zip.getInputStream(entry)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
          throw bad(file, name, "it has more than %s bytes".formatted(MAX_BYTES));
        }
        return parse(file, name, bytes);
      }
    } catch (java.util.zip.ZipException e) {
      throw bad(file, name, FileError.reason(e));
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, name, FileError.reason(e));
    }
  }

  private static float[] parse(Path file, String name, byte[] bytes) {
    boolean marked =
        bytes.length >= FIXED
            && bytes[0] == (byte) 0x93
            && new String(bytes, 1, 5, StandardCharsets.ISO_8859_1).equals("NUMPY")
            && bytes[6] == 1;
    if (!marked) {
      throw bad(file, name, "no header of version 1");
    }
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int start = FIXED + Short.toUnsignedInt(data.getShort(8));
    Matcher header =
        HEADER.matcher(
            new String(
                bytes, FIXED, Math.min(start, bytes.length) - FIXED, StandardCharsets.ISO_8859_1));
    if (start > bytes.length || !header.matches()) {
      throw bad(file, name, "expected a vector of F32 or F64, little-endian");
    }
    int width = Integer.parseInt(header.group(1));
    int count = Integer.parseInt(header.group(2));
    if ((long) count * width != bytes.length - start) {
      throw bad(file, name, "%s numbers in %s bytes".formatted(count, bytes.length - start));
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      int at = start + i * width;
      values[i] = width == Float.BYTES ? data.getFloat(at) : (float) data.getDouble(at);
    }
    return values;
  }

  private static RuntimeException bad(Path file, String name, String reason) {
    return CheckpointError.BAD_ARRAYS.at(file, name, reason);
  }
}
