package org.m4fw.cli.command;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.inspect.RequestDescription;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SignedImage;
import org.m4fw.signing.KeyPlace;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.SigningRequest;
import org.m4fw.signing.evidence.CertificateChain;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code sign}. */
@CommandLine.Command(
    description = {
      "Signs an image or adapter package again. Its payload and id stay as they are.",
      "A development build cannot be made a release by signing: build it again with the identity.",
      "Where the keys are in a room without a network: --detached writes what is to be signed and,"
          + " beside it, the same in words; --payload signs that in the room; 'm4fw image"
          + " attach-signature' brings the signatures back."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw sign pixel7pro.m4img --key keys/release --passphrase-env RELEASE_PASSPHRASE",
      "  m4fw sign pixel7pro.m4img --key keys/second --out countersigned.m4img",
      "  m4fw sign pixel7pro.m4img --key keys/hsm --pin-file pin --certificate chain.pem",
      "  m4fw sign pixel7pro.m4img --detached --out pixel7pro.tosign",
      "  m4fw sign --payload pixel7pro.tosign --key keys/release --out pixel7pro.sigs",
      "  m4fw image attach-signature pixel7pro.m4img pixel7pro.sigs --root trust-root.json"
    })
final class SignCommand implements Command {
  private static final String HELPER = "--signing-helper";

  @Parameters(paramLabel = "IMAGE", arity = "0..1", description = "What to sign.")
  Optional<Path> image = Optional.empty();

  @Option(
      names = "--key",
      paramLabel = "DIR",
      description = "The identity that signs, as 'm4fw keys new' made it.")
  Optional<Path> key = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Where to write the result (default: in place of IMAGE; for --detached IMAGE.tosign, for"
              + " --payload FILE.sigs).")
  Optional<Path> out = Optional.empty();

  @Option(names = "--replace", description = "Drop the signatures that are there already.")
  boolean replace;

  @Option(
      names = "--detached",
      description =
          "Sign nothing; write what the keys have to sign, and FILE.txt that explains it.")
  boolean detached;

  @Option(
      names = "--payload",
      paramLabel = "FILE",
      description = "Sign what --detached wrote, instead of an image.")
  Optional<Path> payload = Optional.empty();

  @Option(
      names = HELPER,
      paramLabel = "CMD",
      description =
          "A program that signs with those keys whose private files are not in DIR, in place of one"
              + " that DIR names: it gets the"
              + " algorithm and the key id as arguments and the message on standard input, and"
              + " writes the signature to standard output.")
  Optional<Path> helper = Optional.empty();

  @Mixin CertificateOptions certificates = new CertificateOptions();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (image.isPresent() == payload.isPresent()) {
      throw CommandError.IMAGE_OR_PAYLOAD.at("", "");
    }
    if (payload.isPresent()) {
      signPayload(console, payload.get());
    } else if (detached) {
      writeRequest(console, image.orElseThrow());
    } else {
      signImage(console, image.orElseThrow());
    }
  }

  private SigningIdentity identity() {
    Path directory = key.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--key"));
    return SigningIdentity.open(
        directory,
        passphrase.source(),
        helper.map(
            program ->
                new KeyPlace.WithProgram(
                    List.of(program.toAbsolutePath().normalize().toString()),
                    KeyPlace.WithProgram.USUAL_LIMIT)));
  }

  private void signImage(Console console, Path path) {
    Signer.Existing existing = replace ? Signer.Existing.REPLACE : Signer.Existing.KEEP;
    try (ImageFile file = ImageFile.open(path);
        SigningIdentity identity = identity()) {
      List<CertificateChain> chains =
          CertificateOptions.with(
              certificates.chains(identity.publicKeys()), path, replace ? Set.of() : signers(file));
      SignedImage signed =
          new Signer(identity).resign(file, existing, out.orElse(path), console.progress());
      CertificateOptions.write(signed.path(), chains);
      if (json) {
        ObjectNode report = Json.object().put("file", signed.path().toString());
        report.put("image_id", signed.imageId().toString());
        Keys.put(report, identity.publicKeys());
        console.json(report);
      } else {
        console.line("%s: signed, image id %s".formatted(signed.path(), signed.imageId()));
        Keys.lines(identity.publicKeys()).forEach(console::line);
      }
    }
  }

  /** The image is checked first: what is signed elsewhere is not looked at again there. */
  private void writeRequest(Console console, Path path) {
    if (key.isPresent() || certificates.certificate.isPresent() || helper.isPresent()) {
      String unused = key.isPresent() ? "--key" : helper.isPresent() ? HELPER : "--certificate";
      throw CommandError.KEY_UNUSED.at("", unused);
    }
    Path target = out.orElse(beside(path, ".tosign"));
    try (ImageFile file = ImageFile.open(path)) {
      file.verifyIntegrity(console.progress());
      SigningRequest request = SigningRequest.of(file);
      String text = String.join("\n", RequestDescription.lines(request)) + "\n";
      OutputFile.write(beside(target, ".txt"), text.getBytes(StandardCharsets.UTF_8));
      OutputFile.write(target, request.bytes());
      if (json) {
        ObjectNode report = Json.object().put("file", target.toString());
        report.put("text", beside(target, ".txt").toString());
        console.json(report.put("image_id", request.imageId().toString()));
      } else {
        console.line("%s: to be signed".formatted(target));
        RequestDescription.lines(request).forEach(console::line);
      }
    }
  }

  private void signPayload(Console console, Path path) {
    if (detached) {
      throw CommandError.IMAGE_OR_PAYLOAD.at("", "");
    }
    SigningRequest request = SigningRequest.read(path);
    RequestDescription.lines(request).forEach(console::note);
    Path target = out.orElse(beside(path, ".sigs"));
    try (SigningIdentity identity = identity()) {
      List<CertificateChain> chains = certificates.chains(identity.publicKeys());
      Envelope envelope = new Signer(identity).sign(request);
      OutputFile.write(target, envelope.bytes());
      CertificateOptions.write(target, chains);
      if (json) {
        ObjectNode report = Json.object().put("file", target.toString());
        report.put("image_id", request.imageId().toString());
        Keys.put(report, identity.publicKeys());
        console.json(report);
      } else {
        console.line("%s: signatures for image id %s".formatted(target, request.imageId()));
        Keys.lines(identity.publicKeys()).forEach(console::line);
      }
    }
  }

  private static Set<String> signers(ImageFile file) {
    return file.envelope().signatures().stream()
        .map(Envelope.Signature::keyId)
        .collect(Collectors.toSet());
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}
