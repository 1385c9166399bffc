package org.m4fw.signing;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.KeyFiles;

/**
 * {@code identity.json}: where the private keys of an identity are, if they are not all files of
 * the usual names. It holds no secrets, but it names libraries to load and programs to run, so
 * nobody but its owner may be able to change it.
 *
 * <pre>
 * {"schema": "m4fw/identity/1",
 *  "keys": [{"public": NAME, "store": "file", "file": NAME},
 *           {"public": NAME, "store": "pkcs11", "module": PATH, "slot": N, "label": S},
 *           {"public": NAME, "store": "command", "command": [PATH, S...], "seconds"?: N}]}
 * </pre>
 *
 * NAME is a file in the identity's directory, PATH absolute; 1 to 8 keys.
 */
final class IdentityFile {
  static final String NAME = "identity.json";
  private static final String SCHEMA = "m4fw/identity/1";
  private static final int MAX_KEYS = 8;
  private static final int MAX_WORDS = 64;
  private static final int MAX_SECONDS = 86400;

  private IdentityFile() {}

  /**
   * Reads the file of an identity's directory; empty if there is none.
   *
   * @throws ProblemException with {@link SigningError#IDENTITY_FIELD} or an error of JSON or file
   */
  static Optional<List<IdentityKey>> read(Path directory) {
    Path path = directory.resolve(NAME);
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    KeyFiles.checkChangeableByOwnerOnly(path);
    Fields fields = StrictJson.readObject(path).allowOnly("keys", "schema");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw wrong(fields, "schema", fields.string("schema"), SCHEMA);
    }
    List<IdentityKey> keys = new ArrayList<>();
    for (Fields key : fields.objects("keys")) {
      keys.add(new IdentityKey(name(key, "public"), place(key)));
    }
    if (keys.isEmpty() || keys.size() > MAX_KEYS) {
      throw wrong(fields, "keys", keys.size() + " keys", "1 to " + MAX_KEYS);
    }
    return Optional.of(List.copyOf(keys));
  }

  /**
   * The keys of an identity: those of the file, or the files of the usual names.
   *
   * @param program has those keys whose private part is nowhere, or with another program
   * @throws ProblemException with {@link SigningError#PROGRAM_UNUSED} if there are none of these
   */
  static List<IdentityKey> keys(Path directory, Optional<KeyPlace.WithProgram> program) {
    List<IdentityKey> all =
        read(directory)
            .map(keys -> keys.stream().map(key -> with(program, key)).toList())
            .orElseGet(() -> usual(directory, program));
    if (program.isPresent()
        && !all.isEmpty()
        && all.stream().noneMatch(key -> key.place().equals(program.get()))) {
      throw SigningError.PROGRAM_UNUSED.at(directory, "", program.get().command().getFirst());
    }
    return all;
  }

  /** A program that is asked for takes the place of the one that the file names. */
  private static IdentityKey with(Optional<KeyPlace.WithProgram> program, IdentityKey key) {
    return key.place() instanceof KeyPlace.WithProgram
        ? program.map(asked -> new IdentityKey(key.publicName(), asked)).orElse(key)
        : key;
  }

  private static List<IdentityKey> usual(Path directory, Optional<KeyPlace.WithProgram> program) {
    List<IdentityKey> keys = new ArrayList<>();
    for (AlgorithmClass algorithmClass : AlgorithmClass.values()) {
      String name = algorithmClass.text();
      if (Files.exists(directory.resolve(privateName(name)))) {
        keys.add(new IdentityKey(publicName(name), new KeyPlace.InFile(privateName(name))));
      } else if (program.isPresent() && Files.exists(directory.resolve(publicName(name)))) {
        keys.add(new IdentityKey(publicName(name), program.get()));
      }
    }
    return List.copyOf(keys);
  }

  /** The usual name of a private key's file. */
  static String privateName(String algorithmClass) {
    return algorithmClass + ".key.pem";
  }

  /** The usual name of a public key's file. */
  static String publicName(String algorithmClass) {
    return algorithmClass + ".pub.pem";
  }

  private static KeyPlace place(Fields key) {
    String store = key.string("store");
    return switch (store) {
      case "file" -> {
        key.allowOnly("file", "public", "store");
        yield new KeyPlace.InFile(name(key, "file"));
      }
      case "pkcs11" -> {
        key.allowOnly("label", "module", "public", "slot", "store");
        yield new KeyPlace.InToken(
            Path.of(absolute(key, "module", key.string("module"))),
            key.integer("slot", 0, 0xffffffffL),
            key.string("label"));
      }
      case "command" -> {
        key.allowOnly("command", "public", "seconds", "store");
        List<String> command = key.strings("command");
        if (command.isEmpty() || command.size() > MAX_WORDS) {
          throw wrong(key, "command", command.size() + " words", "1 to " + MAX_WORDS);
        }
        absolute(key, "command", command.getFirst());
        long seconds =
            key.optionalInteger("seconds", 1, MAX_SECONDS)
                .orElse(KeyPlace.WithProgram.USUAL_LIMIT.toSeconds());
        yield new KeyPlace.WithProgram(command, Duration.ofSeconds(seconds));
      }
      default -> throw wrong(key, "store", store, "file, pkcs11 or command");
    };
  }

  private static String name(Fields fields, String field) {
    String name = fields.string(field);
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")) {
      throw wrong(fields, field, name, "the name of a file in the same directory");
    }
    return name;
  }

  private static String absolute(Fields fields, String field, String path) {
    if (path.indexOf('\0') >= 0 || !Path.of(path).isAbsolute()) {
      throw wrong(fields, field, path, "an absolute path");
    }
    return path;
  }

  private static ProblemException wrong(
      Fields fields, String field, String found, String expected) {
    String item = fields.path().isEmpty() ? field : fields.path() + "." + field;
    return SigningError.IDENTITY_FIELD.at(fields.file(), item, found, expected);
  }

  static byte[] bytes(List<IdentityKey> keys) {
    List<Object> list = new ArrayList<>();
    for (IdentityKey key : keys) {
      SortedMap<String, Object> fields = new TreeMap<>();
      fields.put("public", key.publicName());
      fields.put("store", key.place().store());
      switch (key.place()) {
        case KeyPlace.InFile file -> fields.put("file", file.name());
        case KeyPlace.InToken token -> {
          fields.put("module", token.module().toString());
          fields.put("slot", token.slot());
          fields.put("label", token.label());
        }
        case KeyPlace.WithProgram program -> {
          fields.put("command", program.command());
          fields.put("seconds", program.limit().toSeconds());
        }
      }
      list.add(fields);
    }
    SortedMap<String, Object> document = new TreeMap<>();
    document.put("keys", list);
    document.put("schema", SCHEMA);
    return (CanonicalJson.node(document).toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
