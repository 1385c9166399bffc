package org.m4fw.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorInfo;

/** An adapter directory made for a test: plain LoRA of rank 2 on one layer, unless changed. */
final class PeftDirectory {
  static final String LAYER = "model.layers.0.self_attn.q_proj";
  static final String A = "base_model.model." + LAYER + ".lora_A.weight";
  static final String B = "base_model.model." + LAYER + ".lora_B.weight";

  private final Path directory;
  private final SortedMap<String, String> settings = new TreeMap<>();
  private final SortedMap<String, Values> tensors = new TreeMap<>();

  private record Values(DType dtype, Shape shape, MemorySegment bytes) {}

  PeftDirectory(Path directory) {
    this.directory = directory;
    setting("peft_type", "\"LORA\"").setting("r", "2").setting("lora_alpha", "4");
    tensor(A, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    tensor(B, Shape.of(2, 2), 1, 2, 3, 4);
  }

  /** Sets a field of the configuration to a JSON value. */
  PeftDirectory setting(String name, String json) {
    settings.put(name, json);
    return this;
  }

  PeftDirectory without(String name) {
    settings.remove(name);
    tensors.remove(name);
    return this;
  }

  PeftDirectory tensor(String name, Shape shape, float... values) {
    tensors.put(name, new Values(DType.F32, shape, MemorySegment.ofArray(values)));
    return this;
  }

  PeftDirectory bytes(String name, DType dtype, Shape shape, byte... bytes) {
    tensors.put(name, new Values(dtype, shape, MemorySegment.ofArray(bytes)));
    return this;
  }

  /** Two more matrices for another layer. */
  PeftDirectory layer(String layer, int rank) {
    return tensor("base_model.model." + layer + ".lora_A.weight", Shape.of(rank, 1), ones(rank))
        .tensor("base_model.model." + layer + ".lora_B.weight", Shape.of(1, rank), ones(rank));
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    java.util.Arrays.fill(ones, 1);
    return ones;
  }

  /** Writes the directory. */
  Path write() {
    StringBuilder config = new StringBuilder("{");
    settings.forEach(
        (name, json) ->
            config
                .append(config.length() == 1 ? "" : ",")
                .append('"')
                .append(name)
                .append("\":")
                .append(json));
    try {
      Files.writeString(directory.resolve("adapter_config.json"), config.append('}'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<TensorInfo> declared =
        tensors.entrySet().stream()
            .map(
                entry ->
                    new TensorInfo(
                        entry.getKey(), entry.getValue().dtype(), entry.getValue().shape()))
            .toList();
    try (OutputFile file = OutputFile.create(directory.resolve("adapter_model.safetensors"))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, declared, Map.of("format", "pt"));
      tensors.forEach((name, values) -> writer.append(name, values.bytes()));
      writer.finish();
      file.commit();
    }
    return directory;
  }

  /** Writes and reads it; what is returned needs no open file. */
  LoraAdapter read() {
    return read(OptionalDouble.empty());
  }

  LoraAdapter read(OptionalDouble alpha) {
    write();
    try (Checkpoint weights = PeftReader.open(directory)) {
      return PeftReader.read(directory, weights, alpha);
    }
  }

  /** Reads it, which has to be refused so. */
  Problem refused(ErrorCode code, String item) {
    Problem problem = assertThrows(ProblemException.class, this::read).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals(item, problem.item(), problem.text());
    return problem;
  }
}
