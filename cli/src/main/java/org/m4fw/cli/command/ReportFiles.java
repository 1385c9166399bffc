package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.m4fw.base.file.OutputFile;

/**
 * Where a report goes: as a page if the file's name ends in {@code .html}, as JSON if not, and as
 * both, {@code report.json} and {@code report.html}, into a directory.
 */
final class ReportFiles {
  private ReportFiles() {}

  /** A report in a form. */
  interface Form {
    byte[] bytes();
  }

  static void write(Path file, Form json, Form page) {
    if (Files.isDirectory(file)) {
      OutputFile.write(file.resolve("report.json"), json.bytes());
      OutputFile.write(file.resolve("report.html"), page.bytes());
    } else if (file.toString().toLowerCase(Locale.ROOT).endsWith(".html")) {
      OutputFile.write(file, page.bytes());
    } else {
      OutputFile.write(file, json.bytes());
    }
  }
}
