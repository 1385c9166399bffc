package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorInfo;

/**
 * What eight and four bits cost the outputs of every component of the example of a whole product
 * and of the tiny checkpoints, as {@code quantize --report} says it. Writes the table that
 * docs/quantization.md shows to target/components.md.
 */
final class ComponentQualityTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");
  private static final Path EXAMPLE = Tool.ROOT.resolve("examples/m4-tiny/models");
  private static final Path BACKBONE = Tool.ROOT.resolve("examples/kjv/kjv-llama");
  private static final List<String> SCHEMES = List.of("int8", "int4");

  @TempDir Path scratch;

  /** A component and, where there are real ones, its inputs. */
  private record Subject(String name, Path model, List<String> tensors) {
    static Subject golden(String name) {
      Path model = GOLDENS.resolve(name);
      return new Subject(
          name, model, List.of("--tensors", model.resolve("expected.safetensors").toString()));
    }

    static Subject example(String name) {
      return new Subject("m4-tiny " + name, EXAMPLE.resolve(name), List.of());
    }
  }

  private List<Subject> subjects() throws IOException {
    List<Subject> subjects = new ArrayList<>();
    List.of(
            "classifier-f32",
            "clip-text-f32",
            "fastspeech2-f32",
            "imagebind-tiny-pth",
            "llama-gqa-bf16-sharded",
            "llama-mha-f16",
            "llama-mha-torchbin",
            "llama-mha-torchbin-legacy",
            "llama-old-config",
            "mistral-f32",
            "sd-unet-f32",
            "sd-vae-f32",
            "vits-batch-f32",
            "vits-durations-f32",
            "vits-f32",
            "vits-speakers-f32",
            "whisper-f16")
        .forEach(name -> subjects.add(Subject.golden(name)));
    List.of(
            "imagebind",
            "llama-proj",
            "mms-tts-eng",
            "stable-diffusion/text_encoder",
            "stable-diffusion/unet",
            "stable-diffusion/vae",
            "whisper")
        .forEach(name -> subjects.add(Subject.example(name)));
    subjects.add(
        new Subject("m4-tiny backbone", BACKBONE, List.of("--tensors", sentence().toString())));
    return subjects;
  }

  /** The first window of the text that the backbone is measured on, as its input. */
  private Path sentence() throws IOException {
    Fields text = StrictJson.readObject(BACKBONE.resolve("../eval/kjv_val.json"));
    int window = Math.toIntExact(text.integer("window", 1, 4096));
    TensorInfo ids = new TensorInfo("input_ids", DType.I64, Shape.of(1, window));
    byte[] header = SafetensorsWriter.header(List.of(ids), Map.of());
    ByteBuffer file =
        ByteBuffer.allocate(header.length + Long.BYTES * window).order(ByteOrder.LITTLE_ENDIAN);
    file.put(header);
    long[] words = text.integers("ids", 0, Integer.MAX_VALUE);
    for (int i = 0; i < window; i++) {
      file.putLong(words[i]);
    }
    return Files.write(scratch.resolve("sentence.safetensors"), file.array());
  }

  @Test
  void everyComponentIsMeasured() throws IOException {
    StringBuilder table = new StringBuilder("| component | output | int8: dB, cosine | int4 |\n");
    table.append("|---|---|---|---|\n");
    for (Subject subject : subjects()) {
      List<List<Fields>> measured = new ArrayList<>();
      for (String scheme : SCHEMES) {
        measured.add(outputs(subject, scheme));
      }
      assertTrue(!measured.getFirst().isEmpty(), subject.name());
      for (int i = 0; i < measured.getFirst().size(); i++) {
        Fields output = measured.getFirst().get(i);
        String name = output.string("name");
        assertEquals(name, measured.getLast().get(i).string("name"));
        assertTrue(
            !output.node().path("cosine").isNumber()
                || output.number("cosine") > leastCosine(subject.name()),
            () ->
                "%s: %s has a cosine of %s"
                    .formatted(subject.name(), name, output.number("cosine")));
        table.append(
            "| %s | `%s` | %s | %s |\n"
                .formatted(
                    subject.name(), name, figures(output), figures(measured.getLast().get(i))));
      }
    }
    Files.writeString(Path.of("target/components.md"), table.toString());
  }

  /** Where sentences of a batch differ in length, a sound may move without changing the whole's. */
  private static double leastCosine(String subject) {
    return subject.equals("vits-batch-f32") ? 0.98 : 0.99;
  }

  private List<Fields> outputs(Subject subject, String scheme) {
    Path report = scratch.resolve("report.json");
    List<String> command =
        new ArrayList<>(
            List.of(
                "quantize",
                subject.model().toString(),
                "--scheme",
                scheme,
                "--out",
                scratch.resolve("out").toString(),
                "--report",
                report.toString()));
    command.addAll(subject.tensors());
    Tool.Outcome outcome = Tool.run(command.toArray(String[]::new));
    assertEquals(0, outcome.code(), () -> subject.name() + ": " + outcome.err());
    return StrictJson.readObject(report).objects("outputs");
  }

  private static String figures(Fields output) {
    if (output.node().path("exact").asBoolean(false)) {
      return "exact";
    }
    return output.node().path("sqnr_db").isNumber()
        ? String.format(
            Locale.ROOT, "%.1f, %.5f", output.number("sqnr_db"), output.number("cosine"))
        : "another length";
  }
}
