package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.progress.ProgressEvent;
import org.m4fw.base.work.OrderedWork;

class ImageWriterTest {
  private static final int LONG = 3_000_001;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsRead(Kind kind) {
    Path path = directory.resolve("a.m4img");
    SignedImage signed = Samples.write(path, Samples.draft(kind), Samples.sections());
    assertEquals(path, signed.path());
    try (ImageFile image = ImageFile.open(path, kind)) {
      image.verifyIntegrity(Progress.silent());
      assertEquals(signed.imageId(), image.imageId());
      assertEquals(signed.manifest(), image.manifest());
      assertEquals(kind.payloadType(), image.envelope().payloadType());
      assertArrayEquals(Samples.random(10_000, 1), bytes(image, "weights"));
      assertArrayEquals(new byte[0], bytes(image, "empty"));
      assertArrayEquals(Samples.random(300, 2), bytes(image, "tokenizer"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void sectionsBeginWhereTheAlignmentSays(ImageDraft.Alignment alignment) {
    Path path = directory.resolve("a.m4img");
    Samples.write(path, draft(alignment, ImageDraft.SMALL_SLOT), Samples.sections());
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(Progress.silent());
      for (MappedSection section : image.sections()) {
        assertEquals(0, section.offset() % (1 << alignment.log2()));
        assertEquals(0, section.section().treeOffset() % 4096);
      }
    }
  }

  /** With 64 KiB alignment the padding field comes closest to its limit of 65535 bytes. */
  @Test
  void paddingFieldHoldsTheWidestGap() {
    Path path = directory.resolve("a.m4img");
    List<SectionSource> sections =
        IntStream.range(0, 16)
            .mapToObj(
                i ->
                    SectionSource.of(
                        Samples.spec("s" + i, "n"), Samples.random(65536 - 4096 * i, i)))
            .toList();
    Samples.write(path, draft(ImageDraft.Alignment.KIB_64, 1 << 16), sections);
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(Progress.silent());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, 4096, 4097, 524_288, 2_097_152, 2_097_153, LONG, 6_300_001})
  void sectionOfAnyLengthVerifies(int length) {
    Path path = directory.resolve("a.m4img");
    byte[] data = Samples.random(length, length);
    Samples.write(
        path,
        Samples.draft(Kind.IMAGE),
        List.of(SectionSource.of(Samples.spec("a", "a.bin"), data)));
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(Progress.silent());
      assertArrayEquals(data, bytes(image, "a"));
    }
  }

  @Test
  void segmentsOneAfterTheOtherAreOneSection() throws IOException {
    byte[] data = Samples.random(LONG, 6);
    List<MemorySegment> parts = new ArrayList<>();
    int[] cuts = {0, 0, 1, 4096, 5000, 5000, 1_048_575, 1_048_576, 2_999_999, LONG, LONG};
    for (int i = 1; i < cuts.length; i++) {
      parts.add(MemorySegment.ofArray(Arrays.copyOfRange(data, cuts[i - 1], cuts[i])));
    }
    Path whole = directory.resolve("whole.m4img");
    Path joined = directory.resolve("joined.m4img");
    SectionSpec spec = Samples.spec("a", "a.bin");
    Samples.write(whole, Samples.draft(Kind.IMAGE), List.of(SectionSource.of(spec, data)));
    Samples.write(joined, Samples.draft(Kind.IMAGE), List.of(new SectionSource(spec, parts)));
    assertEquals(-1, Files.mismatch(whole, joined));
  }

  @Test
  void mappedFileIsASection() throws IOException {
    Path source = directory.resolve("weights.bin");
    byte[] data = Samples.random(LONG, 8);
    Files.write(source, data);
    Path path = directory.resolve("a.m4img");
    try (MappedFile mapped = MappedFile.open(source)) {
      Samples.write(
          path,
          Samples.draft(Kind.IMAGE),
          List.of(SectionSource.of(Samples.spec("a", "a.bin"), mapped.segment())));
    }
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(Progress.silent());
      assertArrayEquals(data, bytes(image, "a"));
    }
  }

  @Test
  void emptyMappedFileIsASection() throws IOException {
    Path source = directory.resolve("empty.bin");
    Files.write(source, new byte[0]);
    Path path = directory.resolve("a.m4img");
    try (MappedFile mapped = MappedFile.open(source)) {
      Samples.write(
          path,
          Samples.draft(Kind.IMAGE),
          List.of(SectionSource.of(Samples.spec("a", "a.bin"), mapped.segment())));
    }
    try (ImageFile image = ImageFile.open(path)) {
      image.verifyIntegrity(Progress.silent());
      assertEquals(0, image.section("a").length());
    }
  }

  @Test
  void numberOfThreadsChangesNoByte() throws IOException {
    List<SectionSource> sections =
        List.of(SectionSource.of(Samples.spec("a", "a.bin"), Samples.random(LONG, 6)));
    Path one = directory.resolve("one.m4img");
    Path eight = directory.resolve("eight.m4img");
    Samples.write(one, Samples.draft(Kind.IMAGE), sections, 1);
    Samples.write(eight, Samples.draft(Kind.IMAGE), sections, 8);
    assertEquals(-1, Files.mismatch(one, eight));
  }

  /** The bytes of format 1.0; if this changes, so must the version. */
  @Test
  void formatIsFrozen() throws IOException {
    Path path = directory.resolve("a.m4img");
    Samples.write(path);
    assertEquals(
        "d04989526986beb872146a072fd3cd19fd4bdde52625ed46c845b265d1e487be",
        Digest.of(Files.readAllBytes(path)).hex());
  }

  @Test
  void nothingHasItsNameBeforeItIsSigned() throws IOException {
    Path path = directory.resolve("a.m4img");
    try (UnsignedImage unsigned = write(path, Samples.draft(Kind.IMAGE), Samples.sections())) {
      assertFalse(Files.exists(path));
      assertEquals(path, unsigned.target());
      assertTrue(unsigned.manifest().development());
    }
    assertEquals(List.of(), files());
  }

  @Test
  void whatIsToBeSignedIsThePayloadWithItsType() {
    Path path = directory.resolve("a.m4img");
    try (UnsignedImage unsigned = write(path, Samples.draft(Kind.IMAGE), Samples.sections())) {
      assertEquals(Digest.of(unsigned.payload()), unsigned.imageId());
      assertArrayEquals(
          Envelope.preAuthenticationEncoding(
              "application/vnd.m4fw.image.v1+json", unsigned.payload()),
          unsigned.preAuthenticationEncoding());
    }
  }

  @Test
  void envelopeOfAnotherPayloadIsRejected() throws IOException {
    Path path = directory.resolve("a.m4img");
    try (UnsignedImage unsigned = write(path, Samples.draft(Kind.IMAGE), Samples.sections())) {
      assertEquals(
          ImageError.ENVELOPE_OF_ANOTHER,
          refusal(
              () -> unsigned.complete(Samples.envelope(Kind.IMAGE.payloadType(), new byte[9]))));
    }
    assertEquals(List.of(), files());
  }

  @Test
  void envelopeOfAnotherTypeIsRejected() {
    Path path = directory.resolve("a.m4img");
    try (UnsignedImage unsigned = write(path, Samples.draft(Kind.IMAGE), Samples.sections())) {
      assertEquals(
          ImageError.ENVELOPE_FIELD,
          refusal(
              () ->
                  unsigned.complete(
                      Samples.envelope(Kind.ADAPTER.payloadType(), unsigned.payload()))));
    }
  }

  @Test
  void envelopeLongerThanItsSlotIsRejected() {
    Path path = directory.resolve("a.m4img");
    try (UnsignedImage unsigned = write(path, Samples.draft(Kind.IMAGE), Samples.sections())) {
      Envelope envelope =
          Envelope.of(
              Kind.IMAGE.payloadType(),
              unsigned.payload(),
              List.of(Envelope.Signature.of("slh-dsa", Samples.random(17_088, 1))));
      assertEquals(ImageError.ENVELOPE_TOO_LARGE, refusal(() -> unsigned.complete(envelope)));
    }
  }

  @Test
  void slotGrowsUntilTheManifestFits() {
    Path path = directory.resolve("a.m4img");
    List<SectionSource> sections =
        IntStream.range(0, 100)
            .mapToObj(i -> SectionSource.of(Samples.spec("s" + i, "name.bin"), new byte[] {1}))
            .toList();
    SignedImage signed = Samples.write(path, Samples.draft(Kind.IMAGE), sections);
    assertEquals(64 << 10, signed.manifest().layout().envelopeSlot());
  }

  @Test
  void manifestBeyondTheLargestSlotIsRejected() {
    ImageDraft draft = Samples.draft(Kind.IMAGE);
    ImageDraft huge =
        new ImageDraft(
            draft.kind(),
            draft.product(),
            draft.version(),
            draft.build(),
            draft.rollback(),
            draft.requiredSignatures(),
            draft.development(),
            OptionalLong.empty(),
            CanonicalJson.node(Map.of("text", "x".repeat(3_200_000))),
            draft.alignment(),
            draft.minimumSlot());
    assertEquals(
        ImageError.MANIFEST_TOO_LARGE,
        refusal(() -> write(directory.resolve("a.m4img"), huge, Samples.sections())));
  }

  @Test
  void contentWithFloatsIsRejected() {
    ImageDraft draft = Samples.draft(Kind.IMAGE);
    ImageDraft floating =
        new ImageDraft(
            draft.kind(),
            draft.product(),
            draft.version(),
            draft.build(),
            draft.rollback(),
            draft.requiredSignatures(),
            draft.development(),
            OptionalLong.empty(),
            tools.jackson.databind.node.JsonNodeFactory.instance.objectNode().put("scale", 0.5),
            draft.alignment(),
            draft.minimumSlot());
    assertEquals(
        ImageError.MANIFEST_INVALID,
        refusal(() -> write(directory.resolve("a.m4img"), floating, Samples.sections())));
  }

  @Test
  void sectionWithAnUnsafeNameIsRejectedBeforeAnythingIsWritten() throws IOException {
    List<SectionSource> sections =
        List.of(SectionSource.of(Samples.spec("a", "../a.bin"), new byte[1]));
    assertEquals(
        ImageError.MANIFEST_FIELD,
        refusal(() -> write(directory.resolve("a.m4img"), Samples.draft(Kind.IMAGE), sections)));
    assertEquals(List.of(), files());
  }

  @Test
  void sameIdTwiceIsRejected() {
    List<SectionSource> sections =
        List.of(
            SectionSource.of(Samples.spec("a", "a.bin"), new byte[1]),
            SectionSource.of(Samples.spec("a", "b.bin"), new byte[1]));
    assertEquals(
        ImageError.DUPLICATE_SECTION,
        refusal(() -> write(directory.resolve("a.m4img"), Samples.draft(Kind.IMAGE), sections)));
  }

  @Test
  void directoryInPlaceOfTheFileIsRejected() {
    assertEquals(
        FileError.NOT_A_REGULAR_FILE,
        refusal(() -> write(directory, Samples.draft(Kind.IMAGE), Samples.sections())));
  }

  @Test
  void progressCountsTheBytesOfTheSections() {
    List<ProgressEvent> events = new ArrayList<>();
    new ImageWriter(OrderedWork.onThreads(2), new Progress(events::add))
        .write(Samples.draft(Kind.IMAGE), Samples.sections(), directory.resolve("a.m4img"))
        .close();
    assertEquals(new ProgressEvent.Started("write a.m4img", 10_300), events.getFirst());
    assertEquals(
        new ProgressEvent.Advanced("write a.m4img", 10_300), events.get(events.size() - 2));
  }

  @Test
  void otherKindIsRejectedWhereOneIsExpected() {
    Path path = directory.resolve("a.m4img");
    Samples.write(path);
    assertEquals(ImageError.WRONG_KIND, refusal(() -> ImageFile.open(path, Kind.ADAPTER)));
  }

  @Test
  void unknownSectionIsNamedWithTheKnownOnes() {
    Path path = directory.resolve("a.m4img");
    Samples.write(path);
    try (ImageFile image = ImageFile.open(path)) {
      ProblemException e = assertThrows(ProblemException.class, () -> image.section("wieghts"));
      assertEquals(ImageError.NO_SUCH_SECTION, e.problem().code());
      assertTrue(e.problem().message().contains("weights, empty, tokenizer"));
    }
  }

  @Test
  void containersAreToldByTheirContent() throws IOException {
    Path path = directory.resolve("a.bin");
    Samples.write(path);
    assertTrue(ImageFile.recognizes(path));
    Path other = directory.resolve("other.m4img");
    Files.write(other, new byte[100_000]);
    assertFalse(ImageFile.recognizes(other));
    Files.write(other, new byte[0]);
    assertFalse(ImageFile.recognizes(other));
  }

  private static ImageDraft draft(ImageDraft.Alignment alignment, int slot) {
    ImageDraft draft = Samples.draft(Kind.IMAGE);
    return new ImageDraft(
        draft.kind(),
        draft.product(),
        draft.version(),
        draft.build(),
        draft.rollback(),
        draft.requiredSignatures(),
        draft.development(),
        draft.created(),
        draft.content(),
        alignment,
        slot);
  }

  private static UnsignedImage write(Path path, ImageDraft draft, List<SectionSource> sections) {
    return new ImageWriter(OrderedWork.onThreads(2), Progress.silent())
        .write(draft, sections, path);
  }

  private static byte[] bytes(ImageFile image, String id) {
    return image.section(id).bytes().toArray(ValueLayout.JAVA_BYTE);
  }

  private static ErrorCode refusal(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(ProblemException.class, action).problem().code();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
