package org.m4fw.cli.inspect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.m4fw.base.file.FileError;

/** The first bytes of files, by which they are told apart. */
final class Content {
  private Content() {}

  /** Up to {@code count} bytes from the start. */
  static byte[] start(Path file, int count) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(count);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  static boolean startsWith(Path file, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    return Arrays.equals(wanted, start(file, wanted.length));
  }

  /** Whether the first character that is no white space opens a JSON object. */
  static boolean isJsonObject(Path file) {
    String start = new String(start(file, 256), StandardCharsets.ISO_8859_1).stripLeading();
    return start.startsWith("{");
  }
}
