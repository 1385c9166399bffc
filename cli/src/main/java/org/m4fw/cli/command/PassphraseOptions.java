package org.m4fw.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.FileError;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.signing.key.Passphrase;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where the passphrase of a key comes from; never from the command line, which others can see. */
final class PassphraseOptions {
  @ArgGroup(exclusive = true)
  Choice choice = new Choice();

  /** One of these. */
  static final class Choice {
    @Option(
        names = "--passphrase-env",
        paramLabel = "NAME",
        description = "The passphrase is in this environment variable.")
    String variable = "";

    @Option(
        names = "--passphrase-file",
        paramLabel = "FILE",
        description = "The passphrase is the first line of this file.")
    Optional<Path> file = Optional.empty();
  }

  /** What was chosen; {@link Recipe.Passphrase.None} if nothing was. */
  Recipe.Passphrase chosen() {
    if (!choice.variable.isEmpty()) {
      return new Recipe.Passphrase.Variable(choice.variable);
    }
    return choice
        .file
        .<Recipe.Passphrase>map(Recipe.Passphrase.InFile::new)
        .orElse(new Recipe.Passphrase.None());
  }

  /**
   * Asked only when a key turns out to be encrypted; asks on the terminal if nothing was chosen.
   */
  static Passphrase.Source source(Recipe.Passphrase chosen) {
    return switch (chosen) {
      case Recipe.Passphrase.Variable variable -> keyFile -> fromVariable(variable.name());
      case Recipe.Passphrase.InFile file -> keyFile -> fromFile(file.path());
      case Recipe.Passphrase.None none -> PassphraseOptions::fromTerminal;
    };
  }

  private static Passphrase fromVariable(String name) {
    return Optional.ofNullable(System.getenv(name))
        .map(text -> Passphrase.of(text.toCharArray()))
        .orElseThrow(() -> CommandError.NO_SUCH_VARIABLE.at("", name));
  }

  private static Passphrase fromFile(Path file) {
    try (var lines = Files.lines(file)) {
      return Passphrase.of(lines.findFirst().orElse("").toCharArray());
    } catch (IOException | java.io.UncheckedIOException e) {
      throw FileError.UNREADABLE.at(file, "", "no text that could be a passphrase");
    }
  }

  private static Passphrase fromTerminal(Path keyFile) {
    return Optional.ofNullable(System.console())
        .filter(java.io.Console::isTerminal)
        .flatMap(c -> Optional.ofNullable(c.readPassword("Passphrase of %s: ", keyFile)))
        .map(Passphrase::of)
        .orElseGet(() -> Passphrase.Source.none().ask(keyFile));
  }
}
