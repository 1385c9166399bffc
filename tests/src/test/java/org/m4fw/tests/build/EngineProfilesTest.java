package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** What is written beside graphs for devices that make engines of them. */
final class EngineProfilesTest {
  private static final int MOST = 1 << 20;

  @TempDir Path scratch;

  private Fields graph(String model, String target) {
    Tool.Outcome outcome =
        Tool.run(
            "compile",
            Tool.ROOT.resolve("examples").resolve(model).toString(),
            "--target",
            target,
            "--out",
            scratch.resolve("out").toString());
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.readObject(scratch.resolve("out/report.json"))
        .objects("targets")
        .getFirst()
        .objects("graphs")
        .getFirst();
  }

  private List<Fields> profiles(Fields graph) {
    return StrictJson.readObject(
            scratch.resolve("out").resolve(graph.object("engine").string("profiles")))
        .objects("profiles");
  }

  private static long[] sizes(Fields profile, String input, String end) {
    return profile.object("inputs").object(input).integers(end, 0, MOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kjv/kjv-llama",
        "m4-tiny/models/imagebind",
        "m4-tiny/models/mms-tts-eng",
        "m4-tiny/models/stable-diffusion/text_encoder",
        "m4-tiny/models/stable-diffusion/unet",
        "m4-tiny/models/stable-diffusion/vae",
      })
  void everySizeThatIsNotFixedHasALeastAUsualAndALargestValue(String model) {
    for (Fields profile : profiles(graph(model, "jetson-orin-nx"))) {
      Fields inputs = profile.object("inputs");
      assertFalse(inputs.names().isEmpty());
      for (String input : inputs.names()) {
        long[] least = sizes(profile, input, "min");
        long[] usual = sizes(profile, input, "opt");
        long[] most = sizes(profile, input, "max");
        for (int d = 0; d < least.length; d++) {
          assertTrue(least[d] <= usual[d] && usual[d] <= most[d], input);
        }
      }
    }
  }

  @Test
  void decoderHasAProfileForPromptsAndOneForTokensWithinItsContext() {
    Fields graph = graph("kjv/kjv-llama", "jetson-orin-nx");
    List<Fields> profiles = profiles(graph);
    assertEquals(List.of("prompt", "token"), profiles.stream().map(p -> p.string("name")).toList());
    for (Fields profile : profiles) {
      long sequence = sizes(profile, "input_ids", "max")[1];
      long past = sizes(profile, "past_key_values.0.key", "max")[2];
      assertEquals(512, sequence + past, "the context of the model");
    }
    assertEquals(1, sizes(profiles.getLast(), "input_ids", "max")[1]);
    String command = graph.object("engine").string("command");
    assertTrue(
        command.startsWith(
            "trtexec --onnx=decoder.jetson-orin-nx.onnx"
                + " --saveEngine=decoder.jetson-orin-nx.engine --stronglyTyped --profile=0"
                + " --minShapes="),
        command);
    assertTrue(command.contains("input_ids:1x64,"), command);
    assertTrue(command.contains("--profile=1"), command);
  }

  @Test
  void targetsThatRunGraphsAsTheyAreHaveNone() {
    assertFalse(graph("kjv/kjv-llama", "pixel7pro-cpu").has("engine"));
  }
}
