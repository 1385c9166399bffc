package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** An adapter from its directory to a package that is bound to an image, checked on others. */
final class AdapterBindingTest {
  @TempDir Path directory;

  private Path image;
  private Path packaged;
  private Path bound;

  @BeforeEach
  void packAndBind() throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    image = build(recipe, "first");
    packaged = directory.resolve("shelf/a.m4adapter");
    Files.createDirectories(directory.resolve("shelf"));
    done(
        "adapter",
        "pack",
        directory.resolve("adapter").toString(),
        "--base",
        image.toString(),
        "--id",
        "org.example.tiny",
        "--version",
        "1.0.0",
        "--out",
        packaged.toString());
    bound = directory.resolve("shelf/b.m4adapter");
    done(
        "adapter",
        "bind",
        packaged.toString(),
        "--image",
        image.toString(),
        "--cases",
        "3",
        "--max-kl",
        "0.5",
        "--out",
        bound.toString());
  }

  private Path build(Path recipe, String name) throws IOException {
    Path out = directory.resolve(name);
    done(
        "build",
        recipe.toString(),
        "--out",
        out.toString(),
        "--cache",
        directory.resolve("cache").toString());
    return out.resolve(
        Tool.files(out).stream().filter(file -> file.endsWith(".m4img")).findFirst().orElseThrow());
  }

  private static String done(String... args) {
    Tool.Outcome outcome = Tool.run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome.out();
  }

  private static void found(String text, String... parts) {
    Arrays.stream(parts)
        .forEach(part -> assertTrue(text.contains(part), () -> part + " is not in " + text));
  }

  @Test
  void packageThatWasNeverRunIsProvisional() {
    found(
        done("adapter", "check", packaged.toString(), "--image", image.toString()),
        "provisional",
        "unbound");
  }

  @Test
  void boundPackageIsAcceptedOnItsImageAndGivesTheSameAnswers() {
    found(
        done("adapter", "check", bound.toString(), image.toString(), "--run"),
        ": accept",
        "tested-build",
        "known answers on jetson-orin-nx: KL 0.000000 nats, 3 of 3 the same",
        "known answers on pixel7pro-cpu");
  }

  @Test
  void inspectionSaysWhereAPackageWasRun() {
    found(
        done("adapter", "inspect", bound.toString()),
        "  bound to sha256:",
        "  known answers: 3, on other images up to KL 0.500000 nats off");
    String json = done("adapter", "inspect", "--json", packaged.toString());
    Fields unbound =
        Fields.of("inspect", StrictJson.parse("inspect", json.getBytes(StandardCharsets.UTF_8)));
    assertEquals(List.of(), unbound.strings("bound_to"));
    assertEquals(0, unbound.integer("known_answers", 0, 64));
  }

  @Test
  void packageIsBoundToTheSameBytesAgain() throws IOException {
    Path again = directory.resolve("again.m4adapter");
    done(
        "adapter",
        "bind",
        packaged.toString(),
        "--image",
        image.toString(),
        "--cases",
        "3",
        "--max-kl",
        "0.5",
        "--out",
        again.toString());
    String id = done("adapter", "inspect", bound.toString()).lines().skip(1).toList().toString();
    assertEquals(
        id, done("adapter", "inspect", again.toString()).lines().skip(1).toList().toString());
  }

  @Test
  void otherQuantizationOfTheSameWeightsIsAccepted() throws IOException {
    Recipes.edit(directory.resolve("recipe.json"), "int4", "int8");
    Path other = build(directory.resolve("recipe.json"), "second");
    found(
        done("adapter", "check", bound.toString(), other.toString(), "--run"),
        ": accept",
        "same-weights",
        "known-answers-hold");
  }

  /** Every number of it is finite; what a graph makes of them is not. */
  @Test
  void adapterThatDrivesActivationsToInfinityIsNotBound() throws IOException {
    Path weights = directory.resolve("adapter/adapter_model.safetensors");
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = Long.BYTES + (int) file.getLong(0); at < file.limit(); at += Float.BYTES) {
      file.putFloat(at, 3e4F);
    }
    Files.write(weights, file.array());
    Path large = directory.resolve("large.m4adapter");
    done(
        "adapter",
        "pack",
        directory.resolve("adapter").toString(),
        "--base",
        image.toString(),
        "--id",
        "org.example.large",
        "--version",
        "1.0.0",
        "--out",
        large.toString());
    Path never = directory.resolve("never.m4adapter");
    Tool.Outcome outcome =
        Tool.run(
            "adapter",
            "bind",
            large.toString(),
            "--image",
            image.toString(),
            "--out",
            never.toString());
    assertEquals(1, outcome.code(), outcome.err());
    found(outcome.err(), "finite");
    assertTrue(Files.notExists(never));
  }

  @Test
  void answersThatAreTooFarOffAreRefused() throws IOException {
    Path strict = directory.resolve("strict.m4adapter");
    done(
        "adapter",
        "bind",
        packaged.toString(),
        "--image",
        image.toString(),
        "--max-kl",
        "0.000001",
        "--out",
        strict.toString());
    Recipes.edit(directory.resolve("recipe.json"), "int4", "int8");
    Path other = build(directory.resolve("recipe.json"), "second");
    Tool.Outcome outcome =
        Tool.run("adapter", "check", strict.toString(), other.toString(), "--run");
    assertEquals(1, outcome.code());
    found(outcome.out(), ": reject", "known-answers-failed");
  }

  @Test
  void shelfIsCheckedAsAWhole() throws IOException {
    byte[] whole = Files.readAllBytes(bound);
    Files.write(directory.resolve("shelf/c.m4adapter"), Arrays.copyOf(whole, whole.length / 2));
    Tool.Outcome outcome =
        Tool.run(
            "adapter",
            "check",
            directory.resolve("shelf").toString(),
            "--image",
            image.toString(),
            "--allow-development",
            "--full",
            "--json");
    assertEquals(1, outcome.code());
    List<String> lines = outcome.out().lines().toList();
    assertEquals(3, lines.size());
    found(lines.get(0), "\"outcome\":\"provisional\"", "\"code\":\"unbound\"");
    found(lines.get(1), "\"outcome\":\"accept\"", "\"code\":\"tested-build\"");
    found(lines.get(2), "\"outcome\":\"unreadable\"", "\"code\":\"TRUNCATED\"", "c.m4adapter");
    found(outcome.error(), "1 of 3 packages");
  }

  @Test
  void shelfIsNotRun() {
    Tool.Outcome outcome =
        Tool.run(
            "adapter", "check", directory.resolve("shelf").toString(), image.toString(), "--run");
    assertEquals(2, outcome.code());
    found(outcome.error(), "--run", "a directory of them");
  }

  @Test
  void packageIsCarriedToTheNextVersionOfTheInterface() throws IOException {
    Path next = directory.resolve("next.m4if.json");
    String model = directory.resolve("model").toString();
    done("adapter", "interface", model, "--interface-version", "2.0.0", "--out", next.toString());
    String shelf = directory.resolve("shelf").toString();
    Tool.Outcome alone = Tool.run("adapter", "check", shelf, "--image", next.toString());
    assertEquals(1, alone.code());
    found(alone.out(), "reject", "interface-version");
    done(
        "adapter",
        "carry",
        packaged.toString(),
        "--from",
        model,
        "--to",
        model,
        "--base",
        next.toString(),
        "--method",
        "direct",
        "--out",
        directory.resolve("shelf/z.m4adapter").toString());
    Files.delete(bound);
    found(
        done("adapter", "check", shelf, "--image", next.toString()),
        "carry        org.example.tiny 1.0.0 (a.m4adapter)  carried",
        "provisional");
  }

  private String verdict(Path about, String... more) {
    String statement = directory.resolve("said.m4verdict").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                "adapter",
                "verdict",
                about.toString(),
                "--image",
                image.toString(),
                "--out",
                statement));
    command.addAll(List.of(more));
    done(command.toArray(String[]::new));
    return statement;
  }

  @Test
  void vendorCanRefuseAPackageOnAnImage() {
    String statement = verdict(bound, "--say", "reject");
    Tool.Outcome outcome =
        Tool.run(
            "adapter",
            "check",
            bound.toString(),
            image.toString(),
            "--verdict",
            statement,
            "--allow-development");
    assertEquals(1, outcome.code());
    found(outcome.out(), ": reject", "vendor-refused");
    Tool.Outcome shelf =
        Tool.run(
            "adapter",
            "check",
            directory.resolve("shelf").toString(),
            image.toString(),
            "--verdict",
            directory.toString(),
            "--allow-development");
    found(shelf.out(), "provisional", "vendor-refused");
  }

  @Test
  void vendorAcceptsWhatAnswersAsItShould() {
    String statement = verdict(bound, "--json");
    found(
        done(
            "adapter",
            "check",
            bound.toString(),
            image.toString(),
            "--verdict",
            statement,
            "--allow-development"),
        ": accept",
        "tested-build",
        "vendor-accepted");
  }

  @Test
  void verdictThatNobodyTrustsIsNoEvidence() {
    String statement = verdict(bound, "--say", "reject");
    Tool.Outcome unchecked =
        Tool.run("adapter", "check", bound.toString(), image.toString(), "--verdict", statement);
    assertEquals(2, unchecked.code());
    found(unchecked.error(), "counts only if its signature does");
    done("keys", "new", "--out", directory.resolve("keys").toString());
    Tool.Outcome untrusted =
        Tool.run(
            "adapter",
            "check",
            bound.toString(),
            image.toString(),
            "--verdict",
            statement,
            "--root",
            directory.resolve("keys/trust-root.json").toString());
    assertEquals(1, untrusted.code());
    found(untrusted.error(), "said.m4verdict");
  }

  @Test
  void codesAreExplained() {
    found(done("adapter", "check", "--explain", "rank"), "rank: the adapter is refused");
    assertEquals(2, Tool.run("adapter", "check", "--explain", "nonsense").code());
  }
}
