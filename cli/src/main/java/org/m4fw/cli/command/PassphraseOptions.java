package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.signing.key.Passphrase;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/**
 * Where the passphrase of a key and the PIN of a token come from; never from the command line,
 * which others can see.
 */
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
        description = "The passphrase is the first line of this file, which nobody else may read.")
    Optional<Path> file = Optional.empty();
  }

  @ArgGroup(exclusive = true)
  Pin pin = new Pin();

  /** One of these. */
  static final class Pin {
    @Option(
        names = "--pin-env",
        paramLabel = "NAME",
        description = "The PIN of the token with the key is in this environment variable.")
    String variable = "";

    @Option(
        names = "--pin-file",
        paramLabel = "FILE",
        description = "The PIN is the first line of this file, which nobody else may read.")
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

  /** As {@link #source(Recipe.Passphrase)}, for what the options say. */
  Passphrase.Source source() {
    return source(chosen());
  }

  /**
   * Asked only when a key turns out to be encrypted or in a token; asks on the terminal if nothing
   * was chosen.
   */
  Passphrase.Source source(Recipe.Passphrase passphrase) {
    return new Passphrase.Source() {
      @Override
      public Passphrase ask(Path keyFile) {
        return switch (passphrase) {
          case Recipe.Passphrase.Variable variable -> fromVariable(variable.name());
          case Recipe.Passphrase.InFile file -> Passphrase.read(file.path());
          case Recipe.Passphrase.None none ->
              fromTerminal("Passphrase of " + keyFile)
                  .orElseGet(() -> Passphrase.Source.none().ask(keyFile));
        };
      }

      @Override
      public Set<String> variables() {
        Set<String> names = new TreeSet<>();
        if (passphrase instanceof Recipe.Passphrase.Variable variable) {
          names.add(variable.name());
        }
        if (!pin.variable.isEmpty()) {
          names.add(pin.variable);
        }
        return names;
      }

      @Override
      public Passphrase pin(String token) {
        if (!pin.variable.isEmpty()) {
          return fromVariable(pin.variable);
        }
        return pin.file
            .map(Passphrase::read)
            .or(() -> fromTerminal("PIN of " + token))
            .orElseGet(() -> Passphrase.Source.none().pin(token));
      }
    };
  }

  private static Passphrase fromVariable(String name) {
    return Optional.ofNullable(System.getenv(name))
        .map(text -> Passphrase.of(text.toCharArray()))
        .orElseThrow(() -> CommandError.NO_SUCH_VARIABLE.at("", name));
  }

  private static Optional<Passphrase> fromTerminal(String prompt) {
    return Optional.ofNullable(System.console())
        .filter(java.io.Console::isTerminal)
        .flatMap(console -> Optional.ofNullable(console.readPassword("%s: ", prompt)))
        .map(Passphrase::of);
  }
}
