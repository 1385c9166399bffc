package org.m4fw.cli.install;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.m4fw.cli.Main;

/**
 * Runs short commands, so that the JDK can record which classes they need and keep these for a
 * faster start. Long ones are left out on purpose: everything that is recorded is loaded at every
 * start, and when {@code build} was recorded too, {@code --version} took more than twice the time
 * and {@code build} itself was no faster.
 */
public final class Rehearsal {
  private Rehearsal() {}

  /**
   * Rehearses.
   *
   * @param args a checkpoint
   */
  public static void main(String[] args) {
    for (List<String> command : commands(Path.of(args[0]))) {
      Main.run(command, OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
    }
  }

  private static List<List<String>> commands(Path model) {
    return List.of(
        List.of("--version"),
        List.of("--help"),
        List.of("no-such-command"),
        List.of("build", "--help"),
        List.of("build", model.resolve("no-recipe.json").toString()),
        List.of("targets"),
        List.of("targets", "--json"),
        List.of("inspect", model.toString()),
        List.of("inspect", model.toString(), "--json"));
  }
}
