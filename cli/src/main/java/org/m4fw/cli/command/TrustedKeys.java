package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.m4fw.base.file.FileError;
import org.m4fw.signing.IdentityListing;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustedKey;

/** Public keys, named by where they are: a key file, a trust root, or an identity. */
final class TrustedKeys {
  private TrustedKeys() {}

  static List<VerificationKey> at(Path path) {
    if (Files.notExists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    if (path.toString().endsWith(".pem")) {
      return List.of(KeyFiles.readPublic(path));
    }
    TrustRoot root =
        Files.isDirectory(path) ? IdentityListing.of(path).trustRoot() : TrustRoot.read(path);
    return root.keys().stream().map(TrustedKey::key).toList();
  }

  /** The ids of the keys at a path, or the id that the text is. */
  static List<String> ids(String text) {
    return text.matches("[0-9a-f]{64}")
        ? List.of(text)
        : at(Path.of(text)).stream().map(VerificationKey::id).toList();
  }
}
