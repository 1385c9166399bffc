package org.m4fw.cli.estimate;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.m4fw.base.page.Html;
import org.m4fw.base.page.Page;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An estimate as text, as JSON and as a page.
 *
 * @param title of the whole
 * @param notes what holds for all of it
 */
public record Report(String title, String schema, List<String> notes, List<Section> sections) {
  public Report {
    notes = List.copyOf(notes);
    sections = List.copyOf(sections);
  }

  /**
   * A table.
   *
   * @param id its key in the JSON document
   * @param notes what one has to know to read it
   * @param headings of its columns; those of numbers begin with {@code >}
   * @param json the same in numbers
   * @param plots for the page alone
   */
  public record Section(
      String id,
      String title,
      List<String> notes,
      List<String> headings,
      List<List<String>> rows,
      ObjectNode json,
      List<String> plots) {
    public Section {
      notes = List.copyOf(notes);
      headings = List.copyOf(headings);
      rows = List.copyOf(rows);
      plots = List.copyOf(plots);
    }
  }

  /** Prints it. */
  public void print(Console console) {
    console.line(title);
    notes.forEach(console::line);
    for (Section section : sections) {
      console.line("");
      console.line(section.title());
      TextTable table = new TextTable(section.headings().toArray(String[]::new));
      section.rows().forEach(row -> table.row(row.toArray(String[]::new)));
      table.lines().forEach(line -> console.line("  " + line));
      section.notes().forEach(note -> console.line("  * " + note));
    }
  }

  /** As a document. */
  public ObjectNode json() {
    ObjectNode document = Json.object().put("schema", schema).put("title", title);
    Json.put(document, "notes", notes);
    for (Section section : sections) {
      ObjectNode node = section.json().deepCopy();
      Json.put(node, "notes", section.notes());
      document.set(section.id(), node);
    }
    return document;
  }

  /** As a page in UTF-8; the same bytes for the same estimate. */
  public byte[] page() {
    StringBuilder body = new StringBuilder("<h1>%s</h1>\n".formatted(Html.text(title)));
    paragraphs(notes, body);
    for (Section section : sections) {
      body.append("<h2>%s</h2>\n".formatted(Html.text(section.title())));
      section.plots().forEach(body::append);
      body.append(Html.table(section.headings(), section.rows()));
      paragraphs(section.notes(), body);
    }
    return Page.of(title, body.toString());
  }

  private static void paragraphs(List<String> texts, StringBuilder body) {
    texts.forEach(text -> body.append("<p>%s</p>\n".formatted(Html.text(text))));
  }

  /** The JSON document as a file. */
  public byte[] jsonFile() {
    return (json().toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
