package org.m4fw.cli.inspect;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.cli.console.TextTable;
import org.m4fw.image.RequiredSignature;
import org.m4fw.signing.IdentityListing;
import org.m4fw.signing.KeyPlace;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.RootChain;
import org.m4fw.signing.trust.SignedRoot;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustedKey;
import tools.jackson.databind.node.ObjectNode;

/** Describes keys, trust roots and identities; needs no passphrase. */
public final class KeyDescription {
  static final String TRUST_ROOT = "trust-root.json";

  private KeyDescription() {}

  /** What the identity, trust root or key file holds. */
  public static Description of(Path path) {
    if (Files.isDirectory(path)) {
      return Files.exists(path.resolve(TRUST_ROOT)) ? identity(path) : chain(path);
    }
    return Content.startsWith(path, "-----BEGIN PUBLIC KEY-----")
        ? publicKey(path)
        : Content.startsWith(path, "-----BEGIN ") ? privateKey(path) : trustRoot(path);
  }

  private static Description identity(Path directory) {
    IdentityListing listing = IdentityListing.of(directory);
    TrustRoot root = listing.trustRoot();
    String kind = root.development() ? "development identity" : "release identity";
    ObjectNode json = Description.json(kind.replace(' ', '-'), directory);
    List<String> lines = new ArrayList<>();
    lines.add("%s: a %s".formatted(directory, kind));
    var files = json.putArray("private_keys");
    for (IdentityListing.Kept key : listing.privateKeys()) {
      ObjectNode entry = files.addObject().put("store", key.place().store());
      entry.put("algorithm", key.algorithm().label());
      lines.add("  private key " + place(key, entry));
    }
    lines.addAll(rootLines(root));
    put(json, root);
    return new Description(lines, json);
  }

  private static String place(IdentityListing.Kept key, ObjectNode json) {
    return switch (key.place()) {
      case KeyPlace.InFile file -> {
        json.put("file", file.name()).put("encrypted", key.encrypted());
        yield "%s, %s".formatted(file.name(), words(key.encrypted()));
      }
      case KeyPlace.InToken token -> {
        json.put("module", token.module().toString()).put("slot", token.slot());
        json.put("label", token.label());
        yield "'%s' in the token %s, slot %s"
            .formatted(token.label(), token.module(), token.slot());
      }
      case KeyPlace.WithProgram program -> {
        program.command().forEach(json.putArray("command")::add);
        yield "with the program " + program.command().getFirst();
      }
    };
  }

  private static Description chain(Path directory) {
    RootChain chain = RootChain.read(directory);
    TrustRoot root = chain.latest().root();
    ObjectNode json = Description.json("trust-roots", directory);
    json.put("anchor", chain.anchor().root().version());
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: a chain of trust roots, from version %s to %s"
            .formatted(directory, chain.anchor().root().version(), root.version()));
    lines.addAll(rootLines(root));
    put(json, root);
    return new Description(lines, json);
  }

  private static String words(boolean encrypted) {
    return encrypted ? "encrypted" : "not encrypted";
  }

  private static Description trustRoot(Path file) {
    SignedRoot signed = SignedRoot.read(file);
    TrustRoot root = signed.root();
    int signatures = signed.envelope().map(envelope -> envelope.signatures().size()).orElse(0);
    ObjectNode json = Description.json("trust-root", file).put("signatures", signatures);
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: a trust root for %s, version %s, %s"
            .formatted(
                file,
                root.development() ? "development builds" : "releases",
                root.version(),
                signatures == 0 ? "not signed" : "%s signatures".formatted(signatures)));
    lines.addAll(rootLines(root));
    put(json, root);
    return new Description(lines, json);
  }

  private static Description publicKey(Path file) {
    VerificationKey key = KeyFiles.readPublic(file);
    ObjectNode json = Description.json("public-key", file);
    json.put("algorithm", key.algorithm().label()).put("id", key.id());
    return new Description(
        List.of(
            "%s: a public key, %s".formatted(file, key.algorithm().standardName()),
            "  id " + key.id()),
        json);
  }

  private static Description privateKey(Path file) {
    boolean encrypted = KeyFiles.isEncrypted(file);
    ObjectNode json = Description.json("private-key", file).put("encrypted", encrypted);
    return new Description(
        List.of("%s: a private key, %s".formatted(file, words(encrypted))), json);
  }

  private static List<String> rootLines(TrustRoot root) {
    List<String> lines = new ArrayList<>();
    for (RequiredSignature required : root.required()) {
      lines.add(
          "  requires %s %s signature%s by %s keys"
              .formatted(
                  required.threshold(),
                  required.algorithmClass().text(),
                  required.threshold() == 1 ? "" : "s",
                  required.role()));
    }
    TextTable keys = new TextTable("", "", "");
    root.keys().forEach(k -> keys.row("  " + k.key().algorithm().standardName(), k.role(), k.id()));
    lines.addAll(keys.lines());
    return lines;
  }

  private static void put(ObjectNode json, TrustRoot root) {
    json.put("version", root.version()).put("development", root.development());
    var keys = json.putArray("keys");
    for (TrustedKey key : root.keys()) {
      keys.addObject()
          .put("id", key.id())
          .put("algorithm", key.key().algorithm().label())
          .put("role", key.role());
    }
    var all = json.putArray("required");
    for (RequiredSignature required : root.required()) {
      all.addObject()
          .put("role", required.role())
          .put("class", required.algorithmClass().text())
          .put("threshold", required.threshold());
    }
  }
}
