package org.m4fw.signing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.CommandKey;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.key.SigningKey;
import org.m4fw.signing.key.SoftwareKey;
import org.m4fw.signing.key.TokenError;
import org.m4fw.signing.key.TokenKey;
import org.m4fw.signing.key.VerificationKey;

/** Makes and opens the keys of an identity, wherever they are kept. */
final class KeyStores {
  private final Path directory;
  private final Passphrase.Source secrets;

  KeyStores(Path directory, Passphrase.Source secrets) {
    this.directory = directory;
    this.secrets = secrets;
  }

  /** Opens a key; the caller closes it. */
  SigningKey open(IdentityKey key) {
    Path publicFile = directory.resolve(key.publicName());
    return switch (key.place()) {
      case KeyPlace.InFile file -> KeyFiles.readPrivate(directory.resolve(file.name()), secrets);
      case KeyPlace.InToken token -> inToken(token, KeyFiles.readPublic(publicFile));
      case KeyPlace.WithProgram program ->
          new CommandKey(
              program.command(),
              program.limit(),
              secrets.variables(),
              KeyFiles.readPublic(publicFile));
    };
  }

  private SigningKey inToken(KeyPlace.InToken place, VerificationKey expected) {
    try (Passphrase pin = pin(place)) {
      TokenKey key = TokenKey.open(place.module(), place.slot(), place.label(), pin);
      if (!key.verificationKey().equals(expected)) {
        key.close();
        throw TokenError.OTHER_KEY.at(place.module(), place.label());
      }
      return key;
    }
  }

  private Passphrase pin(KeyPlace.InToken place) {
    return secrets.pin("%s slot %s".formatted(place.module(), place.slot()));
  }

  /** Makes the keys of a new identity; the caller closes them. */
  List<SigningKey> make(List<NewKey> wanted) {
    Set<AlgorithmClass> classes = new HashSet<>();
    wanted.forEach(key -> classes.add(key.algorithmClass()));
    if (wanted.size() != AlgorithmClass.values().length || classes.size() != wanted.size()) {
      throw SigningError.WRONG_KEYS.at(
          directory,
          "",
          String.join(", ", wanted.stream().map(key -> key.algorithmClass().text()).toList()));
    }
    List<SigningKey> keys = new ArrayList<>();
    try {
      wanted.forEach(key -> keys.add(make(key)));
      return keys;
    } catch (ProblemException e) {
      keys.forEach(SigningKey::close);
      throw e;
    }
  }

  private SigningKey make(NewKey wanted) {
    return switch (wanted) {
      case NewKey.InFile file -> SigningKey.generate(file.algorithm());
      case NewKey.InToken(KeyPlace.InToken place, var algorithm) -> {
        try (Passphrase pin = pin(place)) {
          yield TokenKey.generate(place.module(), place.slot(), place.label(), algorithm, pin);
        }
      }
      case NewKey.WithProgram(KeyPlace.WithProgram place, VerificationKey key) ->
          new CommandKey(place.command(), place.limit(), secrets.variables(), key);
    };
  }

  /**
   * Writes the files of a new identity, {@code identity.json} only if there is something to say.
   *
   * @param target where the directory's files are written
   */
  static void write(
      Path target, List<NewKey> wanted, List<SigningKey> keys, Optional<Passphrase> passphrase) {
    List<IdentityKey> places = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      String name = keys.get(i).algorithm().algorithmClass().text();
      String publicName = IdentityFile.publicName(name);
      KeyFiles.writePublic(target.resolve(publicName), keys.get(i).verificationKey());
      if (keys.get(i) instanceof SoftwareKey software) {
        KeyFiles.writePrivate(target.resolve(IdentityFile.privateName(name)), software, passphrase);
      }
      places.add(
          new IdentityKey(
              publicName,
              switch (wanted.get(i)) {
                case NewKey.InFile file -> new KeyPlace.InFile(IdentityFile.privateName(name));
                case NewKey.InToken token -> token.place();
                case NewKey.WithProgram program -> program.place();
              }));
    }
    if (!places.stream().allMatch(key -> key.place() instanceof KeyPlace.InFile)) {
      OutputFile.write(target.resolve(IdentityFile.NAME), IdentityFile.bytes(places));
    }
  }
}
