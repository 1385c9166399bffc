package org.m4fw.tests.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import tools.jackson.databind.JsonNode;

/** Small containers to damage; their signatures are zeros, as no target looks at them. */
final class Containers {
  private Containers() {}

  /** An image with one section, the same bytes each time. */
  static Path image(Path target, long build, byte[] weights) {
    return write(
        target,
        Kind.IMAGE,
        build,
        CanonicalJson.node(Map.of()),
        Map.of("w", weights),
        List.of(Envelope.Signature.of("sha256:aa", new byte[64])));
  }

  /** Bytes that compress badly, the same each time. */
  static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(1).nextBytes(noise);
    return noise;
  }

  static Path write(
      Path target,
      Kind kind,
      long build,
      JsonNode content,
      Map<String, byte[]> sections,
      List<Envelope.Signature> signatures) {
    ImageDraft draft =
        new ImageDraft(
            kind,
            "phone",
            "1.0.0",
            build,
            new Rollback("m4", 0),
            kind == Kind.DELTA
                ? List.of()
                : List.of(new RequiredSignature("release", AlgorithmClass.CLASSICAL, 1)),
            false,
            OptionalLong.empty(),
            content,
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    List<SectionSource> sources = new ArrayList<>();
    sections.forEach(
        (id, bytes) ->
            sources.add(
                SectionSource.of(
                    new SectionSpec(id, "part", "", List.of(), "a/b", "x.bin"), bytes)));
    try (UnsignedImage image =
        new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
            .write(draft, sources, target)) {
      target.toFile().deleteOnExit();
      image.complete(Envelope.of(kind.payloadType(), image.payload(), signatures));
    }
    return target;
  }

  /** In memory if there is such a place: every container is made durable when it is written. */
  static Path directory() {
    Path memory = Path.of("/dev/shm");
    try {
      Path directory =
          Files.isDirectory(memory) && Files.isWritable(memory)
              ? Files.createTempDirectory(memory, "m4fw-fuzz")
              : Files.createTempDirectory("m4fw-fuzz");
      directory.toFile().deleteOnExit();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file to be tried, which is gone at the end. */
  static Path hostile(Path directory, byte[] bytes) {
    Path file = directory.resolve("hostile");
    file.toFile().deleteOnExit();
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
