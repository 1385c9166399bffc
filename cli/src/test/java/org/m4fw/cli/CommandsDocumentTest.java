package org.m4fw.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.m4fw.cli.command.CommandIndex;

/**
 * {@code docs/commands.md} is what the commands say about themselves. If this fails, the text that
 * belongs there is in {@code cli/target/commands.md}.
 */
final class CommandsDocumentTest {
  private static final Path ROOT = Path.of(System.getProperty("m4fw.root"));

  @Test
  void documentSaysWhatTheHelpSays() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("# The commands");
    lines.add("");
    lines.add("What every command says about itself with `--help`.");
    lines.add("");
    block(lines, Invoked.with("--help").out());
    for (CommandIndex.Entry entry : CommandIndex.ENTRIES) {
      lines.add("");
      lines.add("## " + entry.name());
      lines.add("");
      block(lines, Invoked.with((entry.name() + " --help").split(" ")).out());
    }
    String text = String.join("\n", lines) + "\n";
    Files.writeString(ROOT.resolve("cli/target/commands.md"), text);
    assertEquals(Files.readString(ROOT.resolve("docs/commands.md")), text);
  }

  private static void block(List<String> lines, String help) {
    lines.add("```");
    help.lines().map(String::stripTrailing).forEach(lines::add);
    lines.add("```");
  }
}
