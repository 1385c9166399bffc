package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;

/** {@code adapter inspect} of what trainers write, whatever the method. */
final class AdapterInspectTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");

  private static String text(String... adapter) {
    Tool.Outcome outcome = Tool.run(adapter);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome.out();
  }

  private static Fields json(String golden) {
    String out = text("adapter", "inspect", GOLDENS.resolve(golden).toString(), "--json");
    return Fields.of(golden, StrictJson.parse(golden, out.getBytes(StandardCharsets.UTF_8)));
  }

  private static void assertVirtualTokens(String golden, String type) {
    Fields shown = json(golden);
    assertEquals(type, shown.string("type"));
    try (Checkpoint saved = Checkpoint.open(GOLDENS.resolve(golden))) {
      Tensor tokens = saved.tensor("prompt_embeddings");
      assertEquals(tokens.shape().dim(0), shown.integer("tokens", 1, 1 << 20));
      assertEquals(tokens.shape().dim(1), shown.integer("numbers", 1, 1 << 20));
      assertEquals(tokens.shape().count(), shown.integer("parameters", 1, 1 << 20));
    }
    String lines = text("adapter", "inspect", GOLDENS.resolve(golden).toString());
    assertTrue(lines.contains("virtual tokens"), lines);
  }

  @Test
  void promptsAreShownWithTheirTokens() {
    assertVirtualTokens("peft-prompt-tuning", "prompt-tuning");
  }

  @Test
  void prefixesAreShownWithTheirTokens() {
    assertVirtualTokens("peft-prefix-tuning", "prefix-tuning");
  }

  @Test
  void whatOnlyABaseCanResolveIsNamed() {
    Fields shown = json("sd-unet-lora/kohya.safetensors");
    assertEquals("lora", shown.string("type"));
    assertTrue(shown.string("format").contains("Stable Diffusion"), shown.node().toString());
  }
}
