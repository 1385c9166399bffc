package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.TensorInspector;
import org.m4fw.image.ImageDifference;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.delta.SectionNews;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image diff}. */
@CommandLine.Command(
    description = {
      "Says how two images differ: fields of their manifests, sections, and how many blocks of 4096"
          + " bytes of each section; and what a device that has A would download for B, by section,"
          + " layer and tensor.",
      "Exit code 0 if they are identical, 1 if they differ."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image diff old.m4img new.m4img",
      "  m4fw image diff ours.m4img rebuilt.m4img --ignore-signatures"
    })
final class ImageDiffCommand implements Command {
  @Parameters(index = "0", paramLabel = "A", description = "The first image.")
  Path a = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "The second image.")
  Path b = Path.of("");

  @Option(
      names = "--ignore-signatures",
      description = "Images that differ in nothing but who signed them are identical.")
  boolean ignoreSignatures;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (ImageFile before = ImageFile.open(a);
        ImageFile after = ImageFile.open(b)) {
      ImageDifference difference = ImageDifference.between(before, after);
      boolean identical =
          ignoreSignatures ? difference.identicalButSignatures() : difference.identical();
      List<SectionNews> news = SectionNews.between(before, after, List.of(new TensorInspector()));
      if (json) {
        print(console, difference, identical, news);
      } else {
        console.line(verdict(difference));
        difference.fields().forEach(field -> console.line("  " + text(field)));
        difference.sections().forEach(section -> console.line("  " + text(section)));
        if (!difference.identicalButSignatures()) {
          NewsReport.print(console, news);
        }
      }
      if (!identical) {
        throw CheckError.IMAGES_DIFFER.at(b, "", a);
      }
    }
  }

  private String verdict(ImageDifference difference) {
    return difference.identical()
        ? "identical"
        : difference.identicalButSignatures()
            ? ignoreSignatures ? "identical, signatures left out" : "only the signatures differ"
            : "different";
  }

  private static String text(ImageDifference.FieldChange field) {
    return "%s: %s -> %s"
        .formatted(field.path(), field.before().orElse("nothing"), field.after().orElse("nothing"));
  }

  private static String text(ImageDifference.SectionChange change) {
    return switch (change) {
      case ImageDifference.SectionChange.Added added -> "+ " + text(added.section());
      case ImageDifference.SectionChange.Removed removed -> "- " + text(removed.section());
      case ImageDifference.SectionChange.Changed changed ->
          "~ %s -> %s, %s blocks changed"
              .formatted(
                  text(changed.before()),
                  Amounts.bytes(changed.after().length()),
                  changed.changedBlocks());
    };
  }

  private static String text(Section section) {
    return "section %s, %s".formatted(section.id(), Amounts.bytes(section.length()));
  }

  private static void print(
      Console console, ImageDifference difference, boolean identical, List<SectionNews> news) {
    ObjectNode report = Json.object().put("identical", identical);
    report.put("identical_bytes", difference.identical());
    report.put("identical_but_signatures", difference.identicalButSignatures());
    var fields = report.putArray("fields");
    for (ImageDifference.FieldChange field : difference.fields()) {
      ObjectNode node = fields.addObject().put("path", field.path());
      field.before().ifPresent(value -> node.put("before", value));
      field.after().ifPresent(value -> node.put("after", value));
    }
    var sections = report.putArray("sections");
    for (ImageDifference.SectionChange change : difference.sections()) {
      ObjectNode node = sections.addObject().put("id", change.id());
      switch (change) {
        case ImageDifference.SectionChange.Added added ->
            node.put("change", "added").put("length", added.section().length());
        case ImageDifference.SectionChange.Removed removed ->
            node.put("change", "removed").put("length", removed.section().length());
        case ImageDifference.SectionChange.Changed changed ->
            node.put("change", "changed")
                .put("length_before", changed.before().length())
                .put("length", changed.after().length())
                .put("changed_blocks", changed.changedBlocks());
      }
    }
    NewsReport.put(report, news);
    console.json(report);
  }
}
