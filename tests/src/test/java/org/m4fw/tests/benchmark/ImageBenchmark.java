package org.m4fw.tests.benchmark;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
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
import org.m4fw.image.delta.Delta;
import org.m4fw.image.delta.DeltaApplication;
import org.m4fw.image.delta.DeltaWriter;
import org.m4fw.image.lazy.VerifiedSection;

/**
 * Measures images of several gigabytes beside what the machine gives: writing beside {@code cp} and
 * {@code openssl dgst -sha256} side by side, verifying beside SHA-256 in memory on all cores, the
 * first verified page, a delta over one layer. Each is done in several rounds in turn, as others
 * may use the machine too; best and median are shown, and the least processor time.
 */
final class ImageBenchmark {
  private static final int CHUNK = 1 << 20;
  private static final long GIB = 1L << 30;
  private static final int ROUNDS = 5;
  private static final int CACHED = 128 << 10;
  private static final OrderedWork WORK = OrderedWork.onAllCores();

  private final Path directory;
  private final long size;
  private final Path input;
  private final Path image;

  private ImageBenchmark(Path directory, long size) {
    this.directory = directory;
    this.size = size;
    this.input = directory.resolve("input");
    this.image = directory.resolve("old.m4img");
  }

  /**
   * Arguments: a directory, and how many gibibytes the image has; or {@code page} and an image, for
   * the first page in a new process.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments[0].equals("page")) {
      firstPage(Path.of(arguments[1]));
      return;
    }
    ImageBenchmark benchmark =
        new ImageBenchmark(Path.of(arguments[0]), Long.parseLong(arguments[1]) * GIB);
    benchmark.input();
    benchmark.writing();
    benchmark.verifying();
    benchmark.delta();
  }

  private void input() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] chunk = new byte[CHUNK];
    try (OutputFile file = OutputFile.create(input)) {
      for (long at = 0; at < size; at += CHUNK) {
        random.nextBytes(chunk);
        file.append(chunk);
      }
      file.commit();
    }
  }

  private void writing() throws IOException, InterruptedException {
    Rounds limit = new Rounds("cp with sync, beside openssl dgst", size);
    Rounds ours = new Rounds("image from ready sections, synced", size);
    for (int round = 0; round < ROUNDS; round++) {
      Path copy = directory.resolve("copy");
      limit.time(() -> copyBesideDigest(copy));
      Files.delete(copy);
      ours.time(() -> write(image, 1, List.of()));
    }
    ours.beside(limit);
  }

  private void copyBesideDigest(Path copy) throws IOException, InterruptedException {
    Process digest = start("openssl dgst -sha256 '" + input + "' > /dev/null");
    Process copying = start("cp '" + input + "' '" + copy + "' && sync '" + copy + "'");
    if (digest.waitFor() != 0 || copying.waitFor() != 0) {
      throw new IOException("cp or openssl failed");
    }
  }

  private static Process start(String command) throws IOException {
    return new ProcessBuilder("sh", "-c", command).inheritIO().start();
  }

  /** Writes the image, a layer of it replaced if there is one. */
  private void write(Path target, long build, List<MemorySegment> layer) {
    try (MappedFile file = MappedFile.open(input)) {
      long at = size / 2;
      MemorySegment all = file.segment();
      List<MemorySegment> parts =
          layer.isEmpty()
              ? List.of(all)
              : List.of(
                  all.asSlice(0, at),
                  layer.getFirst(),
                  all.asSlice(at + layer.getFirst().byteSize()));
      ImageDraft draft =
          new ImageDraft(
              Kind.IMAGE,
              "phone",
              "1.0." + build,
              build,
              new Rollback("m4", 0),
              List.of(new RequiredSignature("release", AlgorithmClass.CLASSICAL, 1)),
              false,
              OptionalLong.empty(),
              CanonicalJson.node(Map.of()),
              ImageDraft.Alignment.KIB_16,
              ImageDraft.SMALL_SLOT);
      SectionSpec spec =
          new SectionSpec("w", "weights", "", List.of(), "application/octet-stream", "w.bin");
      try (UnsignedImage unsigned =
          new ImageWriter(WORK, Progress.silent())
              .write(draft, List.of(new SectionSource(spec, parts)), target)) {
        unsigned.complete(
            Envelope.of(
                Kind.IMAGE.payloadType(),
                unsigned.payload(),
                List.of(Envelope.Signature.of("sha256:aa", new byte[64]))));
      }
    }
  }

  private void verifying() throws IOException, InterruptedException {
    new Rounds("verify, the image not in memory yet", size).time(this::verify).say();
    Rounds raw = new Rounds("SHA-256 in memory, all cores", size);
    Rounds ours = new Rounds("verify, all sections", size);
    for (int round = 0; round < ROUNDS; round++) {
      raw.time(this::rawSha);
      ours.time(this::verify);
    }
    ours.beside(raw);
    firstPage(image);
  }

  private void verify() {
    try (ImageFile file = ImageFile.open(image)) {
      file.verifyIntegrity(file.manifest().sections(), WORK, Progress.silent());
    }
  }

  /** As many bytes as the image has, over and over the same that the cache holds. */
  private void rawSha() {
    int threads = WORK.threads();
    WORK.run(
        IntStream.range(0, threads).boxed().toList(),
        thread -> {
          byte[] chunk = new byte[CACHED];
          MessageDigest sha = Digest.sha256();
          for (long done = 0; done < size / threads; done += CACHED) {
            sha.update(chunk);
          }
          return Digest.ofBytes(sha.digest());
        },
        digest -> {});
  }

  private static void firstPage(Path image) {
    for (String when : List.of("first", "second")) {
      long start = System.nanoTime();
      try (ImageFile file = ImageFile.open(image)) {
        long opened = System.nanoTime();
        VerifiedSection section =
            VerifiedSection.copied(file, file.manifest().sections().getFirst().id());
        long size = section.slice(section.length() / 3, 4096).byteSize();
        say(
            String.format(
                Locale.ROOT,
                "%s time in this process: open %.1f ms, then %.1f ms to %d verified bytes",
                when,
                (opened - start) / 1e6,
                (System.nanoTime() - opened) / 1e6,
                size));
      }
    }
  }

  private void delta() throws IOException, InterruptedException {
    byte[] layer = new byte[(int) (size / 32)];
    new SplittableRandom(2).nextBytes(layer);
    Path wanted = directory.resolve("new.m4img");
    write(wanted, 2, List.of(MemorySegment.ofBuffer(ByteBuffer.wrap(layer))));
    Path delta = directory.resolve("delta.m4delta");
    new Rounds("delta over one layer, made", size)
        .time(
            () -> {
              try (ImageFile old = ImageFile.open(image);
                  ImageFile other = ImageFile.open(wanted)) {
                new DeltaWriter(WORK, Progress.silent()).write(old, other, delta);
              }
            })
        .say();
    say(
        String.format(
            Locale.ROOT,
            "  %d bytes for %d that changed: %.4f",
            Files.size(delta),
            layer.length,
            Files.size(delta) / (double) layer.length));
    Rounds applying = new Rounds("delta applied, synced", size);
    for (int round = 0; round < 2; round++) {
      applying.time(() -> apply(delta));
    }
    applying.say();
    say(
        Files.mismatch(wanted, directory.resolve("made.m4img")) < 0
            ? "  the very bytes of the new image"
            : "  ANOTHER IMAGE");
    say(
        String.format(
            Locale.ROOT, "heap limit %d MB", Runtime.getRuntime().maxMemory() / 1_000_000));
  }

  private void apply(Path delta) {
    try (ImageFile old = ImageFile.open(image);
        Delta opened = Delta.open(delta, Progress.silent())) {
      new DeltaApplication(Storage.onDisk(directory), Assembly.INTERVAL, WORK, Progress.silent())
          .run(opened, old, result -> {}, "made.m4img");
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
