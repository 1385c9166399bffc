package org.m4fw.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class VectorModuleTest {
  @Test
  void moduleThatIsThereIsAvailable() throws Exception {
    String output = start("--add-modules=jdk.incubator.vector");
    assertTrue(output.endsWith(" lanes\n"), output);
  }

  @Test
  void missingModuleIsLoadedWithoutAWarning() throws Exception {
    String output = start("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED");
    assertTrue(output.matches("\\d+ lanes\n"), output);
  }

  @Test
  void missingModuleThatMayNotBeLoadedIsNotAvailable() throws Exception {
    assertEquals("not available\n", start("-Xshare:auto"));
  }

  private static String start(String option) throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            option,
            "-cp",
            System.getProperty("java.class.path"),
            Probe.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return output;
  }

  /** What the started JVM runs. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      System.out.println(
          VectorModule.isAvailable()
              ? FloatVector.SPECIES_PREFERRED.length() + " lanes"
              : "not available");
    }
  }
}
