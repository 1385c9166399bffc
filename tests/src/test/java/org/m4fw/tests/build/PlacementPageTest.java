package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** Where operators run, as JSON and as a picture. */
final class PlacementPageTest {
  private static final Pattern CELL = Pattern.compile("<rect class=\"s\\d[^>]*><title>([^<]*)<");

  @TempDir Path scratch;

  private List<Fields> compiled(String model, String... targets) {
    Stream<String> wanted = Stream.of(targets).flatMap(t -> Stream.of("--target", t));
    Tool.Outcome outcome =
        Tool.run(
            Stream.concat(
                    Stream.of(
                        "compile",
                        Tool.ROOT.resolve("examples").resolve(model).toString(),
                        "--out",
                        scratch.resolve("out").toString()),
                    wanted)
                .toArray(String[]::new));
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.readObject(scratch.resolve("out/report.json")).objects("targets").stream()
        .flatMap(target -> target.objects("graphs").stream())
        .toList();
  }

  private List<String> cells() throws IOException {
    String page = Files.readString(scratch.resolve("out/report.html"));
    return CELL.matcher(page).results().map(found -> found.group(1)).toList();
  }

  @Test
  void everyOperatorOfEveryGraphIsACellOfThePicture() throws IOException {
    List<Fields> graphs =
        compiled("m4-tiny/models/whisper", "pixel7pro-cpu", "jetson-orin-nx", "pixel7pro-gpu");
    List<Fields> nodes = graphs.stream().flatMap(graph -> graph.objects("nodes").stream()).toList();
    List<String> cells = cells();
    assertEquals(nodes.size(), cells.size());
    for (int i = 0; i < nodes.size(); i++) {
      Fields node = nodes.get(i);
      String expected =
          "%s %s: %s"
              .formatted(node.string("operator"), node.string("node"), node.string("placed"));
      assertTrue(cells.get(i).startsWith(expected), cells.get(i));
    }
  }

  @Test
  void operatorsAddUpToTheNodes() {
    for (Fields graph : compiled("kjv/kjv-llama", "pixel7pro-cpu", "jetson-orin-nx")) {
      long counted =
          graph.objects("operators").stream()
              .mapToLong(operator -> operator.integer("count", 1, 1 << 20))
              .sum();
      assertEquals(counted, graph.objects("nodes").size());
    }
  }

  @Test
  void rewritesAreFramedAndNamed() throws IOException {
    compiled("m4-tiny/models/imagebind", "pixel7pro-gpu");
    String page = Files.readString(scratch.resolve("out/report.html"));
    assertTrue(page.contains(" framed\""), "no operator is from a rewrite");
    assertTrue(cells().stream().anyMatch(cell -> cell.contains("; rewrite: ")));
  }
}
