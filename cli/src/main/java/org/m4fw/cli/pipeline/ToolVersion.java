package org.m4fw.cli.pipeline;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.m4fw.base.digest.Digest;

/** Which m4fw this is. */
public final class ToolVersion {
  private ToolVersion() {}

  /** The version, as Maven wrote it into a resource: {@code 0.1.0}. */
  public static String text() {
    try (InputStream resource = ToolVersion.class.getResourceAsStream("version.txt")) {
      if (resource == null) {
        throw new IllegalStateException("version.txt is missing from the jar");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Tells one build of the tool from another, so that nothing that an older one made is taken for
   * its own. Looks at the jars only from outside, as reading them would take longer than what it
   * saves.
   */
  static String identity() {
    StringBuilder text = new StringBuilder(text());
    for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      try {
        if (Files.isRegularFile(path)) {
          BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
          text.append('\n').append(path.getFileName()).append(' ').append(file.size());
          text.append(' ').append(file.lastModifiedTime().toMillis());
        }
      } catch (IOException e) {
        text.append('\n').append(entry);
      }
    }
    return Digest.of(text.toString().getBytes(StandardCharsets.UTF_8)).hex();
  }
}
