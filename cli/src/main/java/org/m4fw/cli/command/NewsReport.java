package org.m4fw.cli.command;

import java.util.List;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.image.delta.SectionNews;
import tools.jackson.databind.node.ObjectNode;

/** Says what a device with the first image has to download of the second one. */
final class NewsReport {
  /** So many tensors are named; of more, only the layers. */
  private static final int FEW = 12;

  private NewsReport() {}

  static void print(Console console, List<SectionNews> news) {
    long total = news.stream().mapToLong(SectionNews::newBytes).sum();
    console.line("new to a device that has the first: %s".formatted(Amounts.bytes(total)));
    for (SectionNews section : news) {
      console.line(
          "  %s: %s of %s"
              .formatted(
                  section.section().id(),
                  Amounts.bytes(section.newBytes()),
                  Amounts.bytes(section.section().length())));
      if (section.parts().size() <= FEW) {
        section
            .parts()
            .forEach(
                part ->
                    console.line(
                        "    %s: %s"
                            .formatted(part.part().name(), Amounts.bytes(part.newBytes()))));
      } else {
        section
            .groups()
            .forEach(
                (layer, bytes) ->
                    console.line("    %s: %s".formatted(layer, Amounts.bytes(bytes))));
      }
    }
  }

  static void put(ObjectNode report, List<SectionNews> news) {
    ObjectNode download = report.putObject("download");
    download.put("new_bytes", news.stream().mapToLong(SectionNews::newBytes).sum());
    var sections = download.putArray("sections");
    for (SectionNews section : news) {
      ObjectNode node = sections.addObject().put("id", section.section().id());
      node.put("new_bytes", section.newBytes());
      ObjectNode layers = node.putObject("layers");
      section.groups().forEach(layers::put);
      ObjectNode tensors = node.putObject("tensors");
      section.parts().forEach(part -> tensors.put(part.part().name(), part.newBytes()));
    }
  }
}
