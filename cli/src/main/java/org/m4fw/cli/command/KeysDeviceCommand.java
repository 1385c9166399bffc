package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Locale;
import org.m4fw.cli.console.Console;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.DeviceKeys;
import org.m4fw.signing.trust.TrustRoot;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keys device}. */
@CommandLine.Command(
    description =
        "Prints what a device has to know of a trust root, for the verifier in"
            + " firmware-image/device: keys, roles, thresholds. Nothing in it is secret; the device"
            + " has to keep it where nobody can change it.",
    footer = {
      "",
      "Examples:",
      "  m4fw keys device keys/release/trust-root.json > keys.txt",
      "  m4fw keys device trust-root.json --kind adapter > adapter-keys.txt"
    })
final class KeysDeviceCommand implements Command {
  @Parameters(paramLabel = "ROOT", description = "A trust root, or the directory of a chain.")
  Path root = Path.of("");

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = "What the device verifies with it: image or adapter (default: image).")
  String kind = Kind.IMAGE.text();

  @Override
  public void run(Console console) {
    DeviceKeys.text(TrustRoot.read(root), kind()).lines().forEach(console::line);
  }

  private Kind kind() {
    return switch (kind.toLowerCase(Locale.ROOT)) {
      case "image" -> Kind.IMAGE;
      case "adapter" -> Kind.ADAPTER;
      default -> throw CommandError.OUT_OF_RANGE.at("", "--kind", kind, "image or adapter");
    };
  }
}
