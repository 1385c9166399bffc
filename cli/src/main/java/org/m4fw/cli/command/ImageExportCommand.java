package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.export.ContentLayout;
import org.m4fw.cli.export.ExportError;
import org.m4fw.cli.export.ImageExport;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.evidence.CertificateChain;
import org.m4fw.signing.key.SigningKey;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image export}. */
@CommandLine.Command(
    description = {
      "Writes an image in forms that other systems take, into one directory: the unpacked sections"
          + " and the signed manifest below content/, each section checked while it is written.",
      "--layout dir adds what fs-verity needs to know; --layout ext4 also makes a file system for a"
          + " read-only partition, the same bytes everywhere, with its dm-verity hash tree and the"
          + " arguments for avbtool and veritysetup (needs e2fsprogs).",
      "--oms signs content/ for OpenSSF Model Signing, --cms the manifest for update systems that"
          + " take CMS, both with an ECDSA key, after the image's own signatures were verified as"
          + " 'm4fw verify' does. docs/integration.md says what goes where."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image export pixel7pro.m4img --layout ext4 --out partition",
      "  m4fw image export pixel7pro.m4img --target pixel7pro-cpu --out unpacked",
      "  m4fw image export pixel7pro.m4img --root roots --oms --cms --key keys/hsm --pin-file pin \\",
      "      --certificate chain.pem --out rauc"
    })
final class ImageExportCommand implements Command {
  /** What the unpacked sections become. */
  enum Layout {
    DIR,
    EXT4
  }

  @Parameters(paramLabel = "IMAGE", description = "The image.")
  Path image = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The directory to make.")
  Path out = Path.of("");

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description = "dir (default), or ext4 for a file system image as well.")
  Layout layout = Layout.DIR;

  @Option(names = "--target", paramLabel = "T", description = "Only what this target needs.")
  Optional<String> target = Optional.empty();

  @Option(names = "--oms", description = "Sign content/ for OpenSSF Model Signing: model.sig.")
  boolean oms;

  @Option(names = "--cms", description = "Sign the manifest in a detached CMS: manifest.cms.")
  boolean cms;

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description =
          "The certificate of the key that signs, followed by those that lead from it to an"
              + " authority; all go into --cms and --oms (default: for --cms one that the key gives"
              + " itself, for --oms the bare key).")
  Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--key",
      paramLabel = "DIR",
      description = "The identity with an ECDSA key that signs for --oms and --cms.")
  Optional<Path> key = Optional.empty();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Mixin RequiredTrust trust = new RequiredTrust();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    OutputGuard.check(out, directory -> false);
    if (!oms && !cms) {
      refuseWithoutForm(key, "--key");
      refuseWithoutForm(certificate, "--certificate");
    }
    try (ImageFile file = ImageFile.open(image);
        OutputDirectory directory = OutputDirectory.create(out)) {
      boolean verified = verify(console, file);
      ImageExport export = new ImageExport(file, directory, console.progress());
      List<ContentLayout.Placed> placed = export.unpack(chosen(file));
      Optional<Digest> root =
          layout == Layout.EXT4 ? Optional.of(export.fileSystem()) : Optional.empty();
      if (oms || cms) {
        sign(export, placed);
      }
      directory.commit();
      report(console, file, verified, placed, export, root);
    }
  }

  private static void refuseWithoutForm(Optional<Path> option, String name) {
    if (option.isPresent()) {
      throw CommandError.OUT_OF_RANGE.at("", name, "neither --cms nor --oms", "one of them");
    }
  }

  /**
   * Whoever signs in another form vouches for what the image's own signatures say, so that these
   * have to count; without that the sections are only checked against the manifest.
   */
  private boolean verify(Console console, ImageFile file) {
    if (oms || cms || trust.isGiven()) {
      trust.verifier().verifySignatures(file);
      return true;
    }
    console.notice("the image's signatures were not checked; --root FILE does");
    return false;
  }

  private List<Section> chosen(ImageFile file) {
    List<Section> all = file.manifest().sections();
    List<Section> chosen =
        all.stream()
            .filter(
                section ->
                    section.targets().isEmpty()
                        || target.isEmpty()
                        || section.targets().contains(target.get()))
            .toList();
    if (target.isPresent() && chosen.stream().allMatch(section -> section.targets().isEmpty())) {
      throw CommandError.NO_SUCH_TARGET.at(
          image,
          target.get(),
          String.join(
              ", ", all.stream().flatMap(s -> s.targets().stream()).distinct().sorted().toList()));
    }
    return chosen;
  }

  private void sign(ImageExport export, List<ContentLayout.Placed> placed) {
    Path directory = key.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--key"));
    try (SigningIdentity identity = SigningIdentity.open(directory, passphrase.source())) {
      SigningKey ecdsa =
          identity.ecdsaKey().orElseThrow(() -> ExportError.NOT_ECDSA.at(directory, ""));
      List<byte[]> chain =
          certificate
              .map(file -> CertificateChain.read(file, List.of(ecdsa.verificationKey())))
              .map(chains -> chains.getFirst().der())
              .orElse(List.of());
      if (oms) {
        export.modelSignature(placed, ecdsa, chain);
      }
      if (cms) {
        export.cms(ecdsa, chain);
      }
    }
  }

  private void report(
      Console console,
      ImageFile file,
      boolean verified,
      List<ContentLayout.Placed> placed,
      ImageExport export,
      Optional<Digest> root) {
    ObjectNode report = Json.object().put("directory", out.toString());
    report.put("image_id", file.imageId().toString()).put("verified", verified);
    report.put("layout", layout.name().toLowerCase(Locale.ROOT));
    report.put("sections", placed.size());
    root.ifPresent(digest -> report.put("root_digest", digest.hex()));
    export.written().forEach(report.putArray("files")::add);
    if (json) {
      console.json(report);
      return;
    }
    console.line(
        "%s: %s sections of image id %s"
            .formatted(out.resolve(ContentLayout.CONTENT), placed.size(), file.imageId()));
    export.written().forEach(name -> console.line(out.resolve(name).toString()));
    root.ifPresent(digest -> console.line("  dm-verity root digest " + digest.hex()));
  }
}
