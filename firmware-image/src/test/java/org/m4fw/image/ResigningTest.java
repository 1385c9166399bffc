package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;

class ResigningTest {
  @TempDir Path directory;

  @Test
  void onlyWhatFollowsFromTheSignaturesChanges() throws IOException {
    Path before = directory.resolve("before.m4img");
    Path after = directory.resolve("after.m4img");
    SignedImage signed = Samples.write(before);
    try (ImageFile source = ImageFile.open(before)) {
      SignedImage resigned = Resigning.resign(source, other(source), after);
      assertEquals(signed.imageId(), resigned.imageId());
    }
    try (ImageFile a = ImageFile.open(before);
        ImageFile b = ImageFile.open(after)) {
      b.verifyIntegrity(Progress.silent());
      assertEquals("only", b.envelope().signatures().getFirst().keyId());
      ImageDifference difference = ImageDifference.between(a, b);
      assertFalse(difference.identical());
      assertTrue(difference.identicalButSignatures());
      assertEquals(List.of(), difference.fields());
      assertEquals(List.of(), difference.sections());
    }
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(after))) {
      while (zip.getNextEntry() != null) {
        zip.readAllBytes();
      }
    }
  }

  @Test
  void imageCanBeResignedInItsPlace() {
    Path path = directory.resolve("a.m4img");
    Samples.write(path);
    try (ImageFile source = ImageFile.open(path)) {
      Resigning.resign(source, other(source), path);
    }
    try (ImageFile image = ImageFile.open(path)) {
      assertEquals(1, image.envelope().signatures().size());
    }
  }

  @Test
  void envelopeOfAnotherImageIsRejected() {
    Path path = directory.resolve("a.m4img");
    Samples.write(path);
    try (ImageFile source = ImageFile.open(path)) {
      Path target = directory.resolve("b.m4img");
      ProblemException e =
          assertThrows(
              ProblemException.class,
              () ->
                  Resigning.resign(
                      source, Samples.envelope(Kind.IMAGE.payloadType(), new byte[3]), target));
      assertEquals(ImageError.ENVELOPE_OF_ANOTHER, e.problem().code());
      assertFalse(Files.exists(target));
    }
  }

  private static Envelope other(ImageFile source) {
    return Envelope.of(
        source.envelope().payloadType(),
        source.envelope().payload(),
        List.of(Envelope.Signature.of("only", Samples.random(71, 70))));
  }
}
