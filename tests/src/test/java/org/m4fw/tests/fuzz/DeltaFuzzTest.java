package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.m4fw.base.file.Storage;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.delta.Delta;
import org.m4fw.image.delta.DeltaApplication;
import org.m4fw.image.delta.DeltaWriter;
import tools.jackson.databind.JsonNode;

/**
 * A delta of which one part is hostile and the rest good: its manifest's content, or one of its
 * sections, as the first byte chooses. The digests of the container are right, so that the parts
 * are looked at. Whatever comes of it is the new image or nothing.
 */
final class DeltaFuzzTest {
  private static final OrderedWork WORK = OrderedWork.onThreads(1);
  private static final Path DIRECTORY = Containers.directory();
  private static final Path BEFORE = image("before", 1);
  private static final Path AFTER = image("after", 2);
  private static final byte[] WANTED = Containers.bytes(AFTER);
  private static final Map<String, byte[]> SECTIONS = new LinkedHashMap<>();
  private static final JsonNode CONTENT = good();

  @FuzzTest
  void delta(byte[] input) {
    Hostile.parse(() -> apply(input));
  }

  private static void apply(byte[] input) {
    Map<String, byte[]> sections = new LinkedHashMap<>(SECTIONS);
    JsonNode content = CONTENT;
    if (input.length > 0) {
      byte[] hostile = Arrays.copyOfRange(input, 1, input.length);
      switch (input[0] & 3) {
        case 0 -> content = StrictJson.parse("content", hostile);
        case 1 -> sections.put("envelope", hostile);
        case 2 -> sections.put("runs", hostile);
        default -> sections.put("literals", hostile);
      }
    }
    Path file = DIRECTORY.resolve("hostile");
    Containers.write(file, Kind.DELTA, 2, content, sections, List.of());
    Path made = DIRECTORY.resolve("made");
    try (ImageFile old = ImageFile.open(BEFORE);
        Delta delta = Delta.open(file, Progress.silent())) {
      new DeltaApplication(Storage.onDisk(DIRECTORY), Assembly.INTERVAL, WORK, Progress.silent())
          .run(delta, old, image -> {}, "made");
    }
    if (!Arrays.equals(WANTED, Containers.bytes(made))) {
      throw new AssertionError("another image was made");
    }
  }

  private static JsonNode good() {
    Path file = DIRECTORY.resolve("good");
    try (ImageFile old = ImageFile.open(BEFORE);
        ImageFile wanted = ImageFile.open(AFTER)) {
      new DeltaWriter(WORK, Progress.silent()).write(old, wanted, file);
    }
    try (ImageFile delta = ImageFile.open(file)) {
      delta
          .sections()
          .forEach(
              section ->
                  SECTIONS.put(
                      section.section().id(), section.bytes().toArray(ValueLayout.JAVA_BYTE)));
      return delta.manifest().content();
    }
  }

  /** Two images that have all but some blocks in common. */
  private static Path image(String name, long build) {
    byte[] weights = Containers.noise(9 * 4096 + 5);
    weights[5 * 4096] = (byte) build;
    return Containers.image(DIRECTORY.resolve(name), build, weights);
  }
}
