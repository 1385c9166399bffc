package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.function.Executable;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** The files that the originals made, in {@code tests/fixtures/front-ends}. */
public final class Fixtures {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Fixtures() {}

  public static Path path(String name) {
    return Models.ROOT.resolve("tests/fixtures/front-ends").resolve(name);
  }

  public static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tensor of F32, I32 or U8 in a safetensors file, as numbers. */
  public static float[] numbers(String file, String tensor) {
    try (MappedFile mapped = MappedFile.open(path(file))) {
      Tensor found = requireNonNull(SafetensorsReader.read(mapped).tensors().get(tensor), tensor);
      if (found.dtype() == DType.F32) {
        return TensorFloats.all(found);
      }
      float[] numbers = new float[(int) found.shape().count()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] =
            found.dtype() == DType.I32
                ? found.data().getAtIndex(I32, i)
                : found.data().get(ValueLayout.JAVA_BYTE, i) & 0xFF;
      }
      return numbers;
    }
  }

  /** The largest difference. */
  public static double difference(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs((double) expected[i] - actual[i]);
      largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
    }
    return largest;
  }

  /** That something is refused with this entry. */
  public static void assertRefused(ErrorCode code, Executable executable) {
    ProblemException e = assertThrows(ProblemException.class, executable);
    assertEquals(code, e.problem().code(), e::getMessage);
  }
}
