package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/** Sections about sections. */
class SectionEvidenceTest {
  private static final SectionSpec ABOUT =
      new SectionSpec("about", "about", "", List.of(), "text/plain", "about.txt");

  @TempDir Path directory;

  @Test
  void evidenceHoldsTheDigestsOfTheManifest() {
    Path target = directory.resolve("a.m4img");
    try (UnsignedImage unsigned =
        write(
            target,
            sections ->
                List.of(
                    SectionSource.of(
                        ABOUT,
                        sections.getFirst().fsv().hex().getBytes(StandardCharsets.US_ASCII))))) {
      unsigned.complete(
          Envelope.of(
              Kind.IMAGE.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("key", new byte[] {1}))));
    }
    try (ImageFile image = ImageFile.open(target)) {
      image.verifyIntegrity(Progress.silent());
      assertEquals(2, image.manifest().sections().size());
      assertArrayEquals(
          image.manifest().sections().getFirst().fsv().hex().getBytes(StandardCharsets.US_ASCII),
          image.section("about").bytes().toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @Test
  void evidenceOfAnotherLengthIsRefused() {
    SectionEvidence growing =
        sections -> {
          boolean known = !sections.getFirst().fsv().hex().startsWith("00000000");
          return List.of(SectionSource.of(ABOUT, new byte[known ? 2 : 1]));
        };
    Path target = directory.resolve("b.m4img");
    assertThrows(IllegalStateException.class, () -> write(target, growing).close());
    assertFalse(Files.exists(target));
  }

  private static UnsignedImage write(Path target, SectionEvidence evidence) {
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "phone",
            "1.0.0",
            1,
            new Rollback("m4", 0),
            List.of(new RequiredSignature("release", AlgorithmClass.CLASSICAL, 1)),
            false,
            OptionalLong.empty(),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    SectionSpec spec =
        new SectionSpec("w", "weights", "b", List.of(), "application/octet-stream", "w.bin");
    return new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
        .write(draft, List.of(SectionSource.of(spec, new byte[5000])), evidence, target);
  }
}
