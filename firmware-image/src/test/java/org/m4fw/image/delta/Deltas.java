package org.m4fw.image.delta;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.m4fw.base.file.Storage;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Assembly;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;

/** Pairs of images, and deltas between them; the signatures are no signatures. */
public final class Deltas {
  static final OrderedWork WORK = OrderedWork.onThreads(2);

  private Deltas() {}

  public static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The bytes with one of them changed. */
  static byte[] changed(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    changed[at] ^= 1;
    return changed;
  }

  static byte[] concatenated(byte[]... parts) {
    byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  static SectionSource section(String id, byte[] bytes) {
    return SectionSource.of(
        new SectionSpec(id, "weights", "", List.of(), "application/octet-stream", "data.bin"),
        bytes);
  }

  /** Writes an image of this build. */
  public static Path image(Path target, long build, long rollback, List<SectionSource> sections) {
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "pixel7pro",
            "1.0." + build,
            build,
            new Rollback("m4", rollback),
            List.of(new RequiredSignature("release", AlgorithmClass.CLASSICAL, 1)),
            false,
            OptionalLong.empty(),
            CanonicalJson.node(java.util.Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    try (UnsignedImage image =
        new ImageWriter(WORK, Progress.silent()).write(draft, sections, target)) {
      return image
          .complete(
              Envelope.of(
                  Kind.IMAGE.payloadType(),
                  image.payload(),
                  List.of(Envelope.Signature.of("sha256:aa", random(64, build)))))
          .path();
    }
  }

  static Path image(Path target, long build, SectionSource... sections) {
    return image(target, build, 0, List.of(sections));
  }

  /** Writes a delta. */
  public static DeltaWriter.Written delta(Path before, Path after, Path target) {
    try (ImageFile a = ImageFile.open(before);
        ImageFile b = ImageFile.open(after)) {
      return new DeltaWriter(WORK, Progress.silent()).write(a, b, target);
    }
  }

  /** Applies a delta, whatever the signatures. */
  static void apply(Path before, Path delta, Path target) {
    try (ImageFile old = ImageFile.open(before);
        Delta opened = Delta.open(delta, Progress.silent())) {
      Path absolute = target.toAbsolutePath();
      new DeltaApplication(
              Storage.onDisk(absolute.resolveSibling("")),
              Assembly.INTERVAL,
              WORK,
              Progress.silent())
          .run(opened, old, image -> {}, Files.isDirectory(target) ? "" : name(target));
    }
  }

  private static String name(Path target) {
    return String.valueOf(target.getFileName());
  }
}
