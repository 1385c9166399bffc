package org.m4fw.tests.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.Verifier;

/**
 * What the verifier in Java says of files.
 *
 * @param file where each variant is written
 */
record JavaVerdict(Path file, Verifier verifier) {
  private static final Pattern OFFSET = Pattern.compile("(?:byte|bytes from) (\\d+)");

  static JavaVerdict against(Path root, Path directory) {
    return new JavaVerdict(
        directory.resolve("variant.m4img"), new Verifier(TrustRoots.only(root), Policy.STRICT));
  }

  /** "OK 0", or the code and the byte that the message names, 0 if it names none. */
  String of(byte[] image) {
    try {
      Files.write(file, image);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return of(file);
  }

  String of(Path path) {
    try (ImageFile open = ImageFile.open(path)) {
      verifier.verify(open, Progress.silent());
      return "OK 0";
    } catch (ProblemException e) {
      Matcher offset = OFFSET.matcher(e.problem().message());
      return e.problem().code().name() + " " + (offset.find() ? offset.group(1) : "0");
    }
  }
}
