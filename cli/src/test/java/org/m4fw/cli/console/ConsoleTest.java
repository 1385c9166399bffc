package org.m4fw.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.m4fw.base.file.FileError;
import org.m4fw.base.progress.Progress;

final class ConsoleTest {
  private static final Terminal COLOURED = new Terminal(true, true, 80);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Console console(ConsoleMode mode, Verbosity verbosity, Terminal terminal) {
    return new Console(out, err, mode, verbosity, terminal);
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private static void work(Console console) {
    try (Progress.Stage stage = console.progress().stage("quantize", 2048)) {
      stage.advance(1024);
      stage.detail("done");
    }
  }

  @Test
  void pipeGetsALineForEachFinishedStage() {
    work(console(ConsoleMode.AUTO, Verbosity.NORMAL, Terminal.none()));
    assertEquals("m4fw: quantize: done\n", errors());
  }

  @Test
  void terminalGetsABarThatIsRemoved() {
    work(console(ConsoleMode.AUTO, Verbosity.NORMAL, COLOURED));
    assertTrue(errors().contains("░"), errors());
    assertTrue(errors().contains("\r\u001b[K"), errors());
    assertTrue(errors().endsWith("\u001b[32m✓\u001b[0m quantize: done\n"), errors());
  }

  @Test
  void barFitsANarrowTerminal() {
    work(console(ConsoleMode.RICH, Verbosity.NORMAL, new Terminal(true, false, 20)));
    errors()
        .lines()
        .flatMap(line -> java.util.Arrays.stream(line.split("\r\u001b\\[K")))
        .filter(part -> part.startsWith("  quantize"))
        .forEach(part -> assertTrue(part.length() < 20, part));
  }

  @Test
  void stepsAreNotCountedInBytes() {
    Console console = console(ConsoleMode.RICH, Verbosity.NORMAL, COLOURED);
    try (Progress.Stage stage = console.progress().steps("calibrate", 24)) {
      stage.advance(1);
    }
    assertTrue(errors().contains("0 of 24"), errors());
    assertFalse(errors().contains(" B"), errors());
  }

  @Test
  void noColourMeansNone() {
    work(console(ConsoleMode.RICH, Verbosity.NORMAL, new Terminal(true, false, 80)));
    assertFalse(errors().contains("\u001b[32m"), errors());
  }

  @Test
  void jsonGetsAnObjectForEachEvent() {
    work(console(ConsoleMode.JSON, Verbosity.NORMAL, Terminal.none()));
    assertEquals(
        """
        {"event":"started","stage":"quantize","total":2048,"unit":"bytes"}
        {"done":1024,"event":"advanced","stage":"quantize"}
        {"detail":"done","event":"finished","stage":"quantize"}
        """,
        errors());
  }

  @Test
  void quietStillWarns() {
    Console console = console(ConsoleMode.PLAIN, Verbosity.QUIET, Terminal.none());
    work(console);
    console.note("by the way");
    console.progress().warn("mind this");
    console.notice("and this");
    assertEquals("m4fw: warning: mind this\nm4fw: and this\n", errors());
  }

  @Test
  void errorComesWithItsHint() {
    console(ConsoleMode.PLAIN, Verbosity.NORMAL, Terminal.none())
        .error(FileError.NOT_FOUND.problem("a", "b"));
    assertEquals(
        "m4fw: error: a: b: no such file or directory\nm4fw: hint: "
            + FileError.NOT_FOUND.hint()
            + "\n",
        errors());
  }

  @Test
  void resultsGoToStandardOutputOnly() {
    Console console = console(ConsoleMode.AUTO, Verbosity.NORMAL, COLOURED);
    console.line("größer");
    console.flush();
    assertEquals("größer\n", out.toString(StandardCharsets.UTF_8));
    assertEquals("", errors());
  }

  @Test
  void dumbTerminalIsNone() {
    assertFalse(Terminal.ofStandardError(Map.of("TERM", "dumb")).interactive());
  }

  @Test
  void tableAlignsNumbersToTheRight() {
    TextTable table = new TextTable("name", ">bytes").row("a", "1").row("bcd", "1000");
    assertEquals("name  bytes\na         1\nbcd    1000", String.join("\n", table.lines()));
  }

  @Test
  void amountsAreReadable() {
    assertEquals("987 B", Amounts.bytes(987));
    assertEquals("5.25 MiB", Amounts.bytes(5_510_016));
    assertEquals("120 GiB", Amounts.bytes(120L << 30));
    assertEquals("3 min 05 s", Amounts.time(java.time.Duration.ofSeconds(185)));
  }
}
