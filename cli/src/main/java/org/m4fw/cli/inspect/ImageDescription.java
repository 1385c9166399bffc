package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.TextTable;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageListing;
import org.m4fw.image.Inspector;
import org.m4fw.image.Manifest;
import org.m4fw.image.Section;
import tools.jackson.databind.node.ObjectNode;

/** Describes images and adapter packages. */
public final class ImageDescription {
  private ImageDescription() {}

  /** What it says it holds; neither signatures nor sections are checked. */
  public static Description of(ImageFile file) {
    ImageListing listing = ImageListing.of(file, List.of());
    Manifest manifest = listing.manifest();
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %s %s %s build %s, %s%s"
            .formatted(
                file.path(),
                manifest.kind().text(),
                manifest.product(),
                manifest.version(),
                manifest.build(),
                Amounts.bytes(listing.size()),
                manifest.development() ? ", a development build" : ""));
    lines.add("  image id " + listing.imageId());
    lines.add(
        "  rollback %s index %s"
            .formatted(manifest.rollback().domain(), manifest.rollback().index()));
    lines.add(
        listing.keyIds().isEmpty()
            ? "  not signed: what it makes is"
            : "  signatures by " + String.join(", ", listing.keyIds()));
    TextTable table = new TextTable("  section", "role", "targets", ">bytes", "name", "");
    ObjectNode json = Description.json(manifest.kind().text(), file.path());
    json.put("image_id", listing.imageId().toString()).put("size", listing.size());
    json.put("product", manifest.product()).put("version", manifest.version());
    json.put("build", manifest.build()).put("development", manifest.development());
    json.putObject("rollback")
        .put("domain", manifest.rollback().domain())
        .put("index", manifest.rollback().index());
    listing.keyIds().forEach(json.putArray("signatures")::add);
    json.set("content", manifest.content());
    var sections = json.putArray("sections");
    for (ImageListing.Line line : listing.lines()) {
      Section section = line.section();
      table.row(
          "  " + section.id(),
          section.role(),
          String.join(" ", section.targets()),
          Long.toString(section.length()),
          section.name(),
          line.explanation().map(Inspector.Explanation::summary).orElse(""));
      put(sections.addObject(), line);
    }
    lines.addAll(table.lines());
    return new Description(lines, json);
  }

  private static void put(ObjectNode node, ImageListing.Line line) {
    Section section = line.section();
    node.put("id", section.id()).put("role", section.role()).put("module", section.module());
    section.targets().forEach(node.putArray("targets")::add);
    node.put("media", section.media()).put("name", section.name());
    node.put("offset", section.offset()).put("length", section.length());
    node.put("fsverity", section.fsv().toString());
    line.explanation().ifPresent(e -> node.put("summary", e.summary()).set("details", e.details()));
  }
}
