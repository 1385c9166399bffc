package org.m4fw.cli.command;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.adapter.PackageEvaluation;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.SignedImage;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter pack}. */
@CommandLine.Command(
    description = {
      "Makes a signed adapter package from a directory as PEFT saves it, bound to the interface of"
          + " a base, with the forms that runtimes load inside.",
      "Refused (exit code 1) if the adapter does not fit."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter pack my-lora --base pixel7pro.m4img --id org.example.licence --version 1.0.0"
          + " --out licence.m4adapter"
    })
final class AdapterPackCommand implements Command {
  @Parameters(paramLabel = "DIR", description = "The adapter.")
  Path adapter = Path.of("");

  @Option(
      names = "--base",
      required = true,
      paramLabel = "BASE",
      description = "An image, an interface file (.m4if.json), or a checkpoint.")
  Path base = Path.of("");

  @Option(
      names = "--id",
      required = true,
      paramLabel = "ID",
      description = "The adapter's id, in reversed-domain form.")
  String id = "";

  @Option(names = "--version", required = true, paramLabel = "V", description = "Its version.")
  String version = "";

  @Option(names = "--out", paramLabel = "F", description = "The package to write.")
  Optional<Path> out = Optional.empty();

  @Option(
      names = "--dry-run",
      description =
          "Do all but sign and keep the package: say whether it fits, and how large it is.")
  boolean dryRun;

  @Option(names = "--licence", paramLabel = "SPDX", description = "Its licence.")
  Optional<String> licence = Optional.empty();

  @Option(
      names = "--task",
      paramLabel = "F",
      description = "A JSON file about what the adapter is for; applications read it.")
  Optional<Path> task = Optional.empty();

  @Option(
      names = "--developer",
      paramLabel = "NAME",
      description = "Who answers for it, as names and addresses are written.")
  Optional<String> developer = Optional.empty();

  @Option(
      names = "--evaluation",
      paramLabel = "F",
      description = "A signed statement of how well it works, to be put in as it is.")
  Optional<Path> evaluation = Optional.empty();

  @Option(
      names = "--adapter-alpha",
      paramLabel = "N",
      description = "The LoRA alpha, where the adapter's format does not hold it.")
  Optional<Double> alpha = Optional.empty();

  @Mixin IdentityOptions signer = new IdentityOptions();

  @Mixin BaseOptions options = new BaseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    InterfaceRecord offered = options.choose(base);
    OptionalDouble given = alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty());
    try (OpenAdapter open = Adapters.open(adapter, given);
        SigningIdentity identity = signer.open()) {
      PackagePayload payload = open.payload(offered);
      payload.warnings().forEach(warning -> console.progress().warn(adapter + ": " + warning));
      PackageRequest request =
          DeveloperPackage.request(
                  id,
                  version,
                  licence,
                  task.map(file -> StrictJson.readObject(file).node()),
                  identity)
              .by(developer)
              .evaluated(evaluation.map(AdapterPackCommand::statement));
      PackageWriter writer =
          new PackageWriter(new ImageWriter(OrderedWork.onAllCores(), console.progress()));
      if (dryRun) {
        tryOut(console, payload, offered, request, writer);
        return;
      }
      Path target = out.orElseThrow(() -> CommandError.OUT_NEEDED.at("", "--out", "a package"));
      try (UnsignedImage unsigned =
          writer.write(payload, offered, request, Optional.empty(), target)) {
        requireAbout(unsigned);
        report(console, offered, target, new Signer(identity).complete(unsigned));
      }
      IdentityOptions.noticeDevelopment(console, identity);
    }
  }

  private void tryOut(
      Console console,
      PackagePayload payload,
      InterfaceRecord offered,
      PackageRequest request,
      PackageWriter writer) {
    try (TemporaryDirectory scratch = TemporaryDirectory.create();
        UnsignedImage unsigned =
            writer.write(
                payload,
                offered,
                request,
                Optional.empty(),
                scratch.path().resolve("dry.m4adapter"))) {
      requireAbout(unsigned);
      long size = unsigned.manifest().layout().fileSize();
      if (json) {
        ObjectNode report = Json.object().put("fits", true).put("id", id).put("version", version);
        report.put("interface", offered.id());
        report.put("interface_version", offered.version().toString());
        console.json(report.put("size", size));
      } else {
        console.line(
            "%s %s fits %s %s: a package of %s, not written"
                .formatted(id, version, offered.id(), offered.version(), Amounts.bytes(size)));
      }
    }
  }

  /** Up to one byte more than a package takes, so that a longer file is refused. */
  private static MemorySegment statement(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      long size = Math.min(mapped.size(), PackageWriter.MOST_EVALUATION + 1);
      return MemorySegment.ofArray(
          mapped.segment().asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** A statement about another adapter has no place in this package. */
  private void requireAbout(UnsignedImage unsigned) {
    evaluation.ifPresent(
        file -> {
          byte[] bytes = statement(file).toArray(ValueLayout.JAVA_BYTE);
          PackageEvaluation.read(
              file.toString(), bytes, PackageWriter.weightsDigest(unsigned.manifest()));
        });
  }

  private void report(Console console, InterfaceRecord offered, Path target, SignedImage signed) {
    PackageReport report = new PackageReport(target, signed);
    if (json) {
      console.json(
          report
              .json()
              .put("interface", offered.id())
              .put("interface_version", offered.version().toString()));
    } else {
      console.line("%s for %s %s".formatted(report.title(), offered.id(), offered.version()));
      console.line("  " + report.imageId());
    }
  }
}
