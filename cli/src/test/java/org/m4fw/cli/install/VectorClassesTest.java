package org.m4fw.cli.install;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.cli.Main;

final class VectorClassesTest {
  private static final Path MODEL = Path.of("../examples/kjv/kjv-llama");
  private static final String CLASS = "jdk/incubator/vector/FloatVector.class";

  @TempDir Path directory;

  @Test
  void allClassesAreCopiedButNoModule() throws Exception {
    Path jar = directory.resolve("vector.jar");
    VectorClasses.copy(jar);
    try (ZipFile file = new ZipFile(jar.toFile())) {
      List<String> names = file.stream().map(ZipEntry::getName).toList();
      assertTrue(names.contains(CLASS), names::toString);
      assertFalse(names.contains("module-info.class"));
      assertEquals(names.stream().sorted().toList(), names);
    }
    Path again = directory.resolve("again.jar");
    VectorClasses.copy(again);
    assertEquals(-1, Files.mismatch(jar, again));
  }

  @Test
  void classesOfTheJarGiveTheBytesOfTheScalarKernel() throws Exception {
    Path jar = directory.resolve("vector.jar");
    VectorClasses.copy(jar);
    Path loaded = directory.resolve("loaded.log");
    byte[] vectors =
        quantize(
            "-Xbootclasspath/a:" + jar,
            "-XX:+UnlockExperimentalVMOptions",
            "-XX:+EnableVectorSupport",
            "-XX:+EnableVectorReboxing",
            "-XX:+EnableVectorAggressiveReboxing",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.foreign=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.util=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.vm.vector=ALL-UNNAMED",
            "-Xlog:class+load:file=" + loaded,
            "-Dm4fw.vector.after=0");
    assertArrayEquals(quantize("-Dm4fw.vector=false"), vectors);
    String log = Files.readString(loaded);
    assertTrue(log.contains("jdk.incubator.vector.FloatVector source: " + jar), "not from the jar");
  }

  /** What a process with these options makes of the example. */
  private byte[] quantize(String... options) throws Exception {
    Path out = directory.resolve("out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("quantize", MODEL.toString(), "--scheme", "int4", "--scales", "absmax"));
    command.addAll(List.of("--out", out.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> "see " + directory.resolve("output"));
    return Files.readAllBytes(out.resolve("model.safetensors"));
  }
}
