package org.m4fw.image;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/** Small containers for tests; their signatures are no signatures. */
final class Samples {
  private Samples() {}

  static ImageDraft draft(Kind kind) {
    return new ImageDraft(
        kind,
        "pixel7pro",
        "1.2.3",
        7,
        new Rollback("m4", 5),
        kind == Kind.DELTA
            ? List.of()
            : List.of(
                new RequiredSignature("release", AlgorithmClass.POST_QUANTUM, 1),
                new RequiredSignature("release", AlgorithmClass.CLASSICAL, 1)),
        true,
        OptionalLong.of(1_700_000_000L),
        CanonicalJson.node(java.util.Map.of("components", List.of("backbone"))),
        ImageDraft.Alignment.KIB_16,
        ImageDraft.SMALL_SLOT);
  }

  static SectionSpec spec(String id, String name) {
    return new SectionSpec(
        id, "weights", "backbone", List.of("pixel7pro-cpu"), "application/octet-stream", name);
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static List<SectionSource> sections() {
    return List.of(
        SectionSource.of(spec("weights", "model.onnx.data"), random(10_000, 1)),
        SectionSource.of(spec("empty", "nothing.bin"), new byte[0]),
        SectionSource.of(spec("tokenizer", "tokenizer.json"), random(300, 2)));
  }

  static Envelope envelope(String payloadType, byte[] payload) {
    return Envelope.of(
        payloadType,
        payload,
        payloadType.equals(Kind.DELTA.payloadType())
            ? List.of()
            : List.of(
                Envelope.Signature.of("sha256:bb", random(3309, 3)),
                Envelope.Signature.of("sha256:aa", random(64, 4))));
  }

  static SignedImage write(Path target, ImageDraft draft, List<SectionSource> sections) {
    return write(target, draft, sections, 2);
  }

  static SignedImage write(
      Path target, ImageDraft draft, List<SectionSource> sections, int threads) {
    try (UnsignedImage unsigned =
        new ImageWriter(OrderedWork.onThreads(threads), Progress.silent())
            .write(draft, sections, target)) {
      return unsigned.complete(envelope(draft.kind().payloadType(), unsigned.payload()));
    }
  }

  /** Writes the usual small image. */
  static SignedImage write(Path target) {
    return write(target, draft(Kind.IMAGE), sections());
  }
}
