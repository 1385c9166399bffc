package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;

class ImageListingTest {
  @TempDir Path directory;

  @Test
  void sectionsAreListedAndExplained() {
    Path path = directory.resolve("a.m4img");
    SignedImage signed = Samples.write(path);
    Inspector.Explanation explanation =
        new Inspector.Explanation("no bytes at all", CanonicalJson.node(0L));
    Inspector inspector =
        (manifest, section) -> section.length() == 0 ? Optional.of(explanation) : Optional.empty();
    try (ImageFile image = ImageFile.open(path)) {
      ImageListing listing = ImageListing.of(image, List.of(inspector));
      assertEquals(signed.imageId(), listing.imageId());
      assertEquals(image.size(), listing.size());
      assertEquals(List.of("sha256:aa", "sha256:bb"), listing.keyIds());
      assertEquals(
          List.of("weights", "empty", "tokenizer"),
          listing.lines().stream().map(line -> line.section().id()).toList());
      assertEquals(
          List.of(Optional.empty(), Optional.of(explanation), Optional.empty()),
          listing.lines().stream().map(ImageListing.Line::explanation).toList());
    }
  }
}
