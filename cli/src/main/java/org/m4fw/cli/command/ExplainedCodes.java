package org.m4fw.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.m4fw.base.problem.ErrorCode;

/** Error codes that a command can end with, by what they are about. */
record ExplainedCodes(List<Catalogue> catalogues) {
  ExplainedCodes {
    catalogues = List.copyOf(catalogues);
  }

  /** The codes of one subject. */
  record Catalogue(String subject, List<? extends ErrorCode> codes) {}

  /** What a code means, for each subject that has it; empty if none has. */
  List<String> explain(String code) {
    List<String> lines = new ArrayList<>();
    for (Catalogue catalogue : catalogues) {
      for (ErrorCode one : catalogue.codes()) {
        if (one.name().equals(code)) {
          lines.add("%s, of %s:".formatted(code, catalogue.subject()));
          lines.add("  " + one.template().replaceAll("%[a-z]", "…"));
          lines.add("  what to do: " + one.hint());
        }
      }
    }
    return lines;
  }

  /** All codes. */
  Stream<ErrorCode> all() {
    return catalogues.stream().flatMap(catalogue -> catalogue.codes().stream());
  }
}
