package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;

class SafetensorsPropertiesTest {

  @Provide
  Arbitrary<List<TensorInfo>> declarations() {
    Arbitrary<TensorInfo> one =
        Combinators.combine(
                Arbitraries.strings().ofMaxLength(12).filter(name -> !hasLoneSurrogate(name)),
                Arbitraries.of(DType.class),
                Arbitraries.longs().between(0, 5).list().ofMaxSize(3))
            .as((name, dtype, dims) -> new TensorInfo(name, dtype, new Shape(dims)));
    return one.list().ofMaxSize(8).uniqueElements(TensorInfo::name);
  }

  private static boolean hasLoneSurrogate(String text) {
    return text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  @Property(tries = 200)
  void whatIsWrittenIsReadBack(
      @ForAll("declarations") List<TensorInfo> tensors, @ForAll long seed, @ForAll int piece)
      throws IOException {
    Random random = new Random(seed);
    List<byte[]> contents = new ArrayList<>();
    for (TensorInfo tensor : tensors) {
      byte[] content = new byte[(int) tensor.byteSize()];
      random.nextBytes(content);
      contents.add(content);
    }
    byte[] document = write(tensors, contents, 1 + Math.floorMod(piece, 40));
    SafetensorsReader.Content read = SafetensorsBytes.read(document);
    assertEquals(tensors.size(), read.tensors().size());
    assertEquals(Map.of("made", "here"), read.metadata());
    for (int i = 0; i < tensors.size(); i++) {
      Tensor tensor = SafetensorsBytes.tensor(read, tensors.get(i).name());
      assertEquals(tensors.get(i).dtype(), tensor.dtype());
      assertEquals(tensors.get(i).shape(), tensor.shape());
      assertArrayEquals(contents.get(i), tensor.data().toArray(ValueLayout.JAVA_BYTE));
    }
    assertArrayEquals(document, write(tensors, contents, 7), "pieces leave no trace");
  }

  private static byte[] write(List<TensorInfo> tensors, List<byte[]> contents, int piece)
      throws IOException {
    Path path = Files.createTempFile("written", ".safetensors");
    try (OutputFile file = OutputFile.create(path)) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, tensors, Map.of("made", "here"));
      for (byte[] content : contents) {
        MemorySegment bytes = MemorySegment.ofArray(content);
        for (int at = 0; at < content.length; at += piece) {
          writer.append(bytes.asSlice(at, Math.min(piece, content.length - at)));
        }
      }
      writer.finish();
      file.commit();
      return Files.readAllBytes(path);
    } finally {
      Files.deleteIfExists(path);
    }
  }

  @Property(tries = 3000)
  void mutationsAreReadOrRefusedButNeverCrash(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(max = 300) Integer> places,
      @ForAll @Size(6) List<Byte> values) {
    byte[] document =
        SafetensorsBytes.document(
            "{\"__metadata__\":{\"k\":\"v\"},"
                + "\"weight\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
                + "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}",
            20);
    for (int i = 0; i < places.size(); i++) {
      document[places.get(i) % document.length] = values.get(i);
    }
    try {
      SafetensorsReader.Content content = SafetensorsBytes.read(document);
      assertEquals(20, content.tensors().values().stream().mapToLong(Tensor::byteSize).sum());
    } catch (ProblemException refused) {
      assertEquals("a.safetensors", refused.problem().file());
    }
  }

  @Property(tries = 300)
  void truncationIsAlwaysRefused(@ForAll @IntRange(max = 75) int length) {
    byte[] document =
        SafetensorsBytes.document(
            "{\"w\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,12]}}", 12);
    byte[] cut = java.util.Arrays.copyOf(document, Math.min(length, document.length - 1));
    org.junit.jupiter.api.Assertions.assertThrows(
        ProblemException.class, () -> SafetensorsBytes.read(cut));
  }
}
