package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example's interface file, for which adapters are packed without its weights. */
final class ExampleInterfaceTest {
  @TempDir Path directory;

  @Test
  void interfaceFileOfTheExampleIsWhatItsModelOffers() throws IOException {
    Path example = Tool.ROOT.resolve("examples/kjv");
    Path made = directory.resolve("made.m4if.json");
    Tool.Outcome outcome =
        Tool.run(
            "adapter",
            "interface",
            example.resolve("kjv-llama").toString(),
            "--out",
            made.toString());
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals(
        Files.readString(made), Files.readString(example.resolve("m4.backbone.m4if.json")));
  }
}
