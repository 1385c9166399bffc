package org.m4fw.quantizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;

/**
 * What calibration found of the inputs of layers, a vector for each weight, in a file of a {@link
 * WeightStore}: {@code {"digest", "vectors": {"<weight>": "<base64 of little-endian F32>"}}}, where
 * the digest is that of the vectors as canonical JSON.
 */
final class InputVectorFile {
  private InputVectorFile() {}

  static void write(Path path, Map<String, float[]> vectors) {
    SortedMap<String, Object> texts = new TreeMap<>();
    vectors.forEach((weight, numbers) -> texts.put(weight, text(numbers)));
    try (OutputFile file = OutputFile.create(path)) {
      file.append(
          CanonicalJson.bytes(
              CanonicalJson.node(Map.of("digest", digest(texts).toString(), "vectors", texts))));
      file.commitToCache();
    }
  }

  /** What a file says, if it is whole; a damaged one is as good as none. */
  static Optional<SortedMap<String, float[]>> read(Path path) {
    if (!Files.isRegularFile(path)) {
      return Optional.empty();
    }
    try {
      Fields fields = StrictJson.readObject(path).exactly("digest", "vectors");
      Fields named = fields.object("vectors");
      SortedMap<String, Object> texts = new TreeMap<>();
      SortedMap<String, float[]> vectors = new TreeMap<>();
      for (String weight : named.names()) {
        texts.put(weight, named.string(weight));
        vectors.put(weight, numbers(named.string(weight)));
      }
      return digest(texts).toString().equals(fields.string("digest"))
          ? Optional.of(vectors)
          : Optional.empty();
    } catch (ProblemException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Digest digest(SortedMap<String, Object> texts) {
    return Digest.of(CanonicalJson.bytes(CanonicalJson.node(texts)));
  }

  private static String text(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return new String(Base64.getEncoder().encode(bytes.array()), StandardCharsets.US_ASCII);
  }

  private static float[] numbers(String text) {
    byte[] bytes = Base64.getDecoder().decode(text);
    float[] numbers = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }
}
