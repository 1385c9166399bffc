package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.Binding;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.adapter.AnswerRun;
import org.m4fw.cli.adapter.LiteSlots;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.pipeline.InterfaceSource;
import org.m4fw.host.TokenFile;
import org.m4fw.image.ImageFile;
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

/** {@code adapter bind}. */
@CommandLine.Command(
    description = {
      "Runs an adapter package on an image and records its answers to a few questions: the bound"
          + " package can be tried against them on any other image ('adapter check --run').",
      "The questions are the beginnings of the windows of --tokens, a text that the adapter is for;"
          + " without it, random tokens.",
      "With --graph, it also gets its matrices as that .tflite file takes them, beside those for ONNX"
          + " Runtime."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter bind licence.m4adapter --image pixel7pro.m4img --tokens licence.json --out"
          + " bound.m4adapter"
    })
final class AdapterBindCommand implements Command {
  private static final int MAX_CASES = 64;

  @Parameters(paramLabel = "PACKAGE", description = "The package.")
  Path packaged = Path.of("");

  @Option(names = "--image", required = true, paramLabel = "IMG", description = "The image.")
  Path image = Path.of("");

  @Option(names = "--out", required = true, paramLabel = "F", description = "The package to write.")
  Path out = Path.of("");

  @Option(
      names = "--tokens",
      paramLabel = "F",
      description = "A text that the adapter is for, as 'eval' takes it.")
  Optional<Path> tokens = Optional.empty();

  @Option(
      names = "--cases",
      paramLabel = "N",
      description = "How many questions, up to 64 (default: ${DEFAULT-VALUE}).",
      defaultValue = "8")
  int cases;

  @Option(
      names = "--max-kl",
      paramLabel = "X",
      description =
          "How far the answers may be from these on another image: mean KL divergence in nats"
              + " (default: ${DEFAULT-VALUE}).",
      defaultValue = "0.1")
  double limit;

  @Option(
      names = "--target",
      paramLabel = "T",
      description = "The target whose graph gives the answers (default: the first by name).")
  Optional<String> target = Optional.empty();

  @Option(
      names = "--graph",
      paramLabel = "F",
      description =
          "A .tflite file that was compiled with --adapter-rank, to bring the matrices for; may be"
              + " repeated.")
  List<Path> graphs = new ArrayList<>();

  @Mixin IdentityOptions signer = new IdentityOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    requireRange();
    try (OpenAdapter open = Adapters.open(packaged, OptionalDouble.empty());
        ImageFile base = ImageFile.open(image);
        SigningIdentity identity = signer.open()) {
      AdapterPackage found =
          open.packaged().orElseThrow(() -> CommandError.NOT_A_PACKAGE.at(packaged, ""));
      String interfaceId = found.content().base().interfaceId();
      String component = InterfaceSource.component(base, interfaceId);
      InterfaceRecord offered = InterfaceSource.offer(base, component);
      RequiredFit.check(
          packaged, offered, open.decide(offered, Evidence.of(Optional.of(base.imageId()))));
      Binding binding =
          new Binding(
              base.imageId(),
              offered.weights(),
              answers(console, base, component),
              graphs.stream().map(file -> form(found, file)).toList(),
              limit);
      ImageWriter writer = new ImageWriter(OrderedWork.onAllCores(), console.progress());
      try (UnsignedImage unsigned =
          new PackageWriter(writer)
              .bind(
                  found, binding, DeveloperPackage.madeOf(found, found.version(), identity), out)) {
        report(console, binding, new Signer(identity).complete(unsigned));
      }
      IdentityOptions.noticeDevelopment(console, identity);
    }
  }

  private void requireRange() {
    if (cases < 1 || cases > MAX_CASES) {
      throw CommandError.OUT_OF_RANGE.at("", "--cases", cases, "1 to " + MAX_CASES);
    }
    if (!(limit >= Binding.MIN_LIMIT) || limit > Binding.MAX_LIMIT) {
      throw CommandError.OUT_OF_RANGE.at("", "--max-kl", limit, "a number of 0.000001 to 1000");
    }
  }

  private LiteForm form(AdapterPackage found, Path file) {
    return LiteForm.of(packaged.toString(), found.lora(), LiteSlots.of(file));
  }

  private List<KnownAnswer> answers(Console console, ImageFile base, String component) {
    AnswerRun run = new AnswerRun(image, packaged, component, console.progress());
    String chosen = target.orElseGet(() -> AnswerRun.targets(base, component).getFirst());
    return run.record(chosen, tokens.map(TokenFile::read), cases);
  }

  private void report(Console console, Binding binding, SignedImage signed) {
    PackageReport report = new PackageReport(out, signed);
    if (json) {
      ObjectNode node = report.json().put("bound_to", binding.build().toString());
      node.put("known_answers", binding.answers().size());
      Json.put(node, "forms", binding.forms().stream().map(LiteForm::id).toList());
      console.json(node);
    } else {
      console.line(report.title());
      console.line("  bound to " + binding.build());
      console.line("  answers  " + binding.answers().size());
      binding.forms().forEach(form -> console.line("  form     " + form.id()));
      console.line("  " + report.imageId());
    }
  }
}
