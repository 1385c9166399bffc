package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Updates by the command line, between two builds of a tiny model with other weights. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UpdateTest {
  private Path directory = Path.of("");
  private Path old = Path.of("");
  private Path wanted = Path.of("");
  private Path delta = Path.of("");

  @BeforeAll
  void images(@TempDir Path temporary) throws IOException {
    directory = temporary;
    Path recipe = Recipes.write(directory.resolve("product"), "llama-gqa-bf16-sharded");
    build(recipe, "old");
    Recipes.edit(recipe, "\"version\": \"1.2.3\"", "\"version\": \"1.2.4\"");
    Recipes.edit(recipe, "\"index\": 2", "\"index\": 3");
    Recipes.edit(recipe, "\"scheme\": \"int4\"", "\"scheme\": \"int8\"");
    build(recipe, "new");
    old = directory.resolve("old/tiny-1.2.3.m4img");
    wanted = directory.resolve("new/tiny-1.2.4.m4img");
    delta = directory.resolve("update.m4delta");
    ok("image", "delta", old.toString(), wanted.toString(), "--out", delta.toString());
  }

  private void build(Path recipe, String out) {
    ok("build", recipe.toString(), "--out", directory.resolve(out).toString());
  }

  private static String ok(String... words) {
    Tool.Outcome outcome = Tool.run(words);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome.out();
  }

  private static String refused(String... words) {
    Tool.Outcome outcome = Tool.run(words);
    assertEquals(1, outcome.code(), outcome.out());
    return outcome.error();
  }

  @Test
  void deltaMakesTheNewImage() throws IOException {
    Path made = directory.resolve("made.m4img");
    String[] apply = {"image", "apply", old.toString(), delta.toString(), "--out", made.toString()};
    assertTrue(refused(apply).contains("development build"));
    String[] allowed = Arrays.copyOf(apply, apply.length + 1);
    allowed[apply.length] = "--allow-development";
    ok(allowed);
    assertEquals(-1, Files.mismatch(wanted, made));
  }

  @Test
  void differenceIsToldByTensor() {
    Tool.Outcome outcome = Tool.run("image", "diff", old.toString(), wanted.toString());
    assertEquals(1, outcome.code());
    assertTrue(outcome.out().contains("model.layers.1"), outcome.out());
  }

  @Test
  void deltaIsDescribedAndNotVerified() {
    assertTrue(ok("inspect", delta.toString()).contains("delta tiny 1.2.4"));
    assertTrue(refused("verify", delta.toString()).contains("nobody signs"));
  }

  @Test
  void firstBytesSayWhatToFetch() throws IOException {
    byte[] bytes = Files.readAllBytes(wanted);
    Path begun = directory.resolve("begun");
    Files.write(begun, Arrays.copyOf(bytes, 8192 + (256 << 10)));
    String plan =
        ok("image", "plan", begun.toString(), "--target", "jetson-orin-nx", "--from", "" + old);
    assertTrue(plan.contains("Range: bytes=0-"), plan);
  }

  /** A plan without graphs would leave a device with an image that it cannot run. */
  @Test
  void targetThatTheImageDoesNotHaveIsRefused() {
    Tool.Outcome outcome = Tool.run("image", "plan", wanted.toString(), "--target", "jetson");
    assertEquals(2, outcome.code(), outcome.out());
    assertTrue(outcome.error().contains("there is nothing for this target"), outcome.err());
  }

  @Test
  void deviceTakesTheUpdateAndRefusesTheOldImageFromThenOn() {
    String device = directory.resolve("device").toString();
    install(old, device);
    assertTrue(boot(device).contains("started slot a"));
    ok("image", "mark-good", "--slots", device);
    install(delta, device);
    assertTrue(refused("image", "mark-good", "--slots", device).contains("was not started"));
    assertTrue(boot(device).contains("started slot b, on trial"));
    ok("image", "mark-good", "--slots", device);
    assertTrue(ok("image", "slots", "--slots", device).contains("rollback m4: 3"));
    String state = Path.of(device, "rollback.state").toString();
    assertTrue(
        refused("verify", "" + old, "--allow-development", "--rollback-state", state)
            .contains("rollback index 2"));
    assertTrue(
        refused("image", "fall-back", "--slots", device, "--allow-development")
            .contains("rollback index 2"));
  }

  private static void install(Path image, String device) {
    ok("image", "install", image.toString(), "--slots", device, "--allow-development");
  }

  private static String boot(String device) {
    return ok("image", "boot", "--slots", device, "--allow-development");
  }

  @Test
  void lazyVerificationLeavesTheRestToTheReader() {
    assertTrue(
        ok("verify", wanted.toString(), "--allow-development", "--lazy")
            .contains("left to be checked"));
  }
}
