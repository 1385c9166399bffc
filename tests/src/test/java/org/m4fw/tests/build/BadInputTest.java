package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each is told in one line with file and item, with a hint; nothing half-written stays. */
final class BadInputTest {
  @TempDir Path directory;

  private Path out() {
    return directory.resolve("out");
  }

  private Tool.Outcome build(Path recipe) {
    return Tool.run(
        "build",
        recipe.toString(),
        "--out",
        out().toString(),
        "--cache",
        directory.resolve("cache").toString());
  }

  private void refused(Tool.Outcome outcome, String... parts) throws IOException {
    assertEquals(1, outcome.code(), outcome.err());
    assertEquals(1, outcome.err().lines().filter(line -> line.startsWith("m4fw: error: ")).count());
    assertEquals(1, outcome.err().lines().filter(line -> line.startsWith("m4fw: hint: ")).count());
    for (String part : parts) {
      assertTrue(outcome.error().contains(part), () -> part + " is not in " + outcome.error());
    }
    assertEquals(List.of(), Tool.files(out()));
    assertTrue(
        Tool.files(directory).stream().noneMatch(name -> name.contains(".part")),
        () -> "a half-written file stays");
  }

  @Test
  void missingShardIsNamed() throws IOException {
    Path recipe = Recipes.write(directory, "llama-gqa-bf16-sharded");
    Files.delete(directory.resolve("model/model-00003-of-00014.safetensors"));
    refused(build(recipe), "model.safetensors.index.json", "model-00003-of-00014.safetensors");
  }

  @Test
  void truncatedSafetensorsIsRefused() throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Path weights = directory.resolve("model/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, java.util.Arrays.copyOf(bytes, bytes.length - 1000));
    refused(build(recipe), "model.safetensors");
  }

  @Test
  void unknownArchitectureIsRefused() throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Recipes.edit(directory.resolve("model/config.json"), "LlamaForCausalLM", "BloomForCausalLM");
    refused(build(recipe), "config.json", "architectures", "BloomForCausalLM");
  }

  @Test
  void adapterOfAnotherShapeIsRefused() throws IOException {
    Path recipe = Recipes.write(directory, "llama-gqa-bf16-sharded");
    Recipes.edit(
        recipe,
        "\"jetson-orin-nx\"]",
        "\"jetson-orin-nx\"], \"adapters\": [{\"dir\": \"adapter\", \"id\": \"org.example.tiny\","
            + " \"version\": \"1.0.0\"}]");
    refused(build(recipe), "adapter_model.safetensors", "self_attn.q_proj", "64", "128");
  }

  @Test
  void brokenInterfaceWithoutANewMajorVersionIsRefused() throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Path released = directory.resolve("released.m4if.json");
    Tool.run(
        "adapter",
        "interface",
        directory.resolve("model").toString(),
        "--out",
        released.toString());
    Recipes.edit(released, "\"max_rank\":64", "\"max_rank\":128");
    Recipes.edit(
        recipe,
        "\"scheme\"",
        "\"interface\": {\"id\": \"m4.backbone\", \"version\": \"1.9.0\","
            + " \"released\": \"released.m4if.json\"}, \"scheme\"");
    refused(build(recipe), "backbone.interface.version", "rank-lowered", "1.9.0", "2.0.0");
    Recipes.edit(recipe, "1.9.0", "2.0.0");
    assertEquals(0, build(recipe).code());
  }

  @Test
  void unknownFieldOfTheRecipeIsRefused() throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Recipes.edit(recipe, "\"scheme\"", "\"schema\"");
    refused(build(recipe), "recipe.json", "schema");
  }

  @Test
  void outputWhereNothingCanBeWrittenIsRefused() throws IOException {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")));
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    refused(
        Tool.run(
            "build",
            recipe.toString(),
            "--out",
            "/proc/m4fw",
            "--cache",
            directory.resolve("cache").toString()),
        "/proc/m4fw");
  }

  @Test
  void fullDiskLeavesNothingBehind() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")));
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/bin/bash", "-c", "ulimit -f 300; exec \"$@\"", "limited"));
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.module=ALL-UNNAMED",
            "-XX:-UsePerfData",
            "-Donnxruntime.native.path=" + System.getProperty("onnxruntime.native.path", ""),
            "-cp",
            System.getProperty("java.class.path"),
            "org.m4fw.cli.Main",
            "build",
            recipe.toString(),
            "--out",
            out().toString(),
            "--cache",
            directory.resolve("cache").toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(false).start();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    process.getErrorStream().transferTo(err);
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    refused(
        new Tool.Outcome(process.exitValue(), "", err.toString(StandardCharsets.UTF_8)),
        "no space left");
  }
}
