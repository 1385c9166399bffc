package org.m4fw.cli.install;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.m4fw.cli.Main;

/**
 * Runs what users run most, so that the JDK can record the classes and profiles which that needs
 * and keep them for a faster start. Only the launcher starts this, once after building the tool.
 */
public final class Rehearsal {
  private Rehearsal() {}

  /**
   * Rehearses.
   *
   * @param args the directory of an example, and an empty directory that may be filled
   */
  public static void main(String[] args) {
    Path example = Path.of(args[0]);
    Path scratch = Path.of(args[1]);
    for (List<String> command : commands(example, scratch)) {
      Main.run(command, OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
    }
  }

  private static List<List<String>> commands(Path example, Path scratch) {
    String recipe = example.resolve("recipe.json").toString();
    String model = example.resolve("kjv-llama").toString();
    String built = scratch.resolve("built").toString();
    return List.of(
        List.of("--version"),
        List.of("--help"),
        List.of("targets"),
        List.of("targets", "--json"),
        List.of("no-such-command"),
        List.of("inspect", scratch.resolve("missing").toString()),
        List.of("inspect", model),
        List.of("build", "--help"),
        List.of("build", recipe, "--out", built),
        List.of("build", recipe, "--out", built));
  }
}
