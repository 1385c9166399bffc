package org.m4fw.cli.command;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.checkpoint.DType;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.Roles;
import org.m4fw.signing.trust.TrustRoot;
import tools.jackson.databind.JsonNode;

/**
 * What every package of a developer asks for: both signatures in his role, and a runtime form for
 * graphs of either arithmetic.
 */
final class DeveloperPackage {
  private DeveloperPackage() {}

  /** A new one. */
  static PackageRequest request(
      String id,
      String version,
      Optional<String> licence,
      Optional<JsonNode> task,
      SigningIdentity identity) {
    return new PackageRequest(
        id,
        version,
        licence,
        task,
        new TreeSet<>(List.of(DType.F32, DType.F16)),
        TrustRoot.hybrid(Roles.ADAPTER_DEVELOPER),
        identity.development());
  }

  /** One that is made of another, and says the same of what it is for. */
  static PackageRequest madeOf(AdapterPackage found, String version, SigningIdentity identity) {
    return request(
        found.id(), version, found.content().licence(), found.content().task(), identity);
  }
}
