package org.m4fw.cli.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.m4fw.base.file.FileError;

/** Small files as a whole. */
final class Bytes {
  private Bytes() {}

  static byte[] of(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }
}
