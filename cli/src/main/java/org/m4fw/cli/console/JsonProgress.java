package org.m4fw.cli.console;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.progress.ProgressEvent;

/** Everything on standard error as one JSON object a line, for build systems. */
final class JsonProgress implements Consumer<ProgressEvent> {
  private final PrintStream err;

  JsonProgress(PrintStream err) {
    this.err = err;
  }

  @Override
  public void accept(ProgressEvent event) {
    switch (event) {
      case ProgressEvent.Started e ->
          line(
              "started",
              Map.of(
                  "stage", e.stage(),
                  "total", e.total(),
                  "unit", e.unit().name().toLowerCase(Locale.ROOT)));
      case ProgressEvent.Advanced e ->
          line("advanced", Map.of("stage", e.stage(), "done", e.done()));
      case ProgressEvent.Finished e ->
          line("finished", Map.of("stage", e.stage(), "detail", e.detail()));
      case ProgressEvent.Warning e -> line("warning", Map.of("text", e.text()));
    }
  }

  void error(Problem problem) {
    line(
        "error",
        Map.of(
            "code", problem.code().name(),
            "file", problem.file(),
            "item", problem.item(),
            "message", problem.message(),
            "hint", problem.hint()));
  }

  void say(String event, String text) {
    line(event, Map.of("text", text));
  }

  private void line(String event, Map<String, Object> fields) {
    Map<String, Object> object = new LinkedHashMap<>(fields);
    object.put("event", event);
    byte[] bytes = CanonicalJson.bytes(CanonicalJson.node(object));
    err.println(new String(bytes, StandardCharsets.UTF_8));
  }
}
