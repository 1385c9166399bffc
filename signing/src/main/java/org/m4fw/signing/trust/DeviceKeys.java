package org.m4fw.signing.trust;

import java.util.HexFormat;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;

/**
 * What a device has to know of a trust root to verify containers of one kind, as lines of text that
 * need no parser. The verifier for devices in {@code firmware-image/device} reads them:
 *
 * <pre>
 * m4fw-device-keys 1
 * development                     if its keys are for development builds
 * key ROLE HEX                    DER SubjectPublicKeyInfo; once for each role that the key acts for
 * require ROLE CLASS THRESHOLD    what must be signed together
 * </pre>
 *
 * <p>Keys of the root role are left out: they sign no containers.
 */
public final class DeviceKeys {
  private DeviceKeys() {}

  /** The lines, each with a line feed. */
  public static String text(TrustRoot root, Kind kind) {
    StringBuilder text = new StringBuilder("m4fw-device-keys 1\n");
    if (root.development()) {
      text.append("development\n");
    }
    SortedSet<String> keys = new TreeSet<>();
    for (TrustedKey key : root.keys()) {
      if (!key.role().equals(Roles.ROOT)) {
        roles(root, key).forEach(role -> keys.add(line(role, key)));
      }
    }
    keys.forEach(text::append);
    for (RequiredSignature one : root.requirements(Roles.of(kind))) {
      text.append(
          "require %s %s %s\n".formatted(one.role(), one.algorithmClass().text(), one.threshold()));
    }
    return text.toString();
  }

  private static Stream<String> roles(TrustRoot root, TrustedKey key) {
    return Stream.concat(Stream.of(key.role()), Roles.KNOWN.stream())
        .filter(
            role ->
                root.counts(
                    key, new RequiredSignature(role, key.key().algorithm().algorithmClass(), 1)));
  }

  private static String line(String role, TrustedKey key) {
    return "key %s %s\n".formatted(role, HexFormat.of().formatHex(key.key().spki()));
  }
}
