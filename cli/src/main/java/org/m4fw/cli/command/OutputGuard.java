package org.m4fw.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;

/** Keeps a directory that is replaced as a whole from being one with the user's own files. */
final class OutputGuard {
  private OutputGuard() {}

  /** Refuses a directory that holds anything, unless it is one that the command wrote before. */
  static void check(Path directory, Predicate<Path> ours) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    if (!Files.isWritable(directory)) {
      throw FileError.UNWRITABLE.at(directory, "", "permission denied");
    }
    try (Stream<Path> files = Files.list(directory)) {
      if (files.findAny().isPresent() && !ours.test(directory)) {
        throw CommandError.NOT_OURS.at(directory, "");
      }
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }
}
