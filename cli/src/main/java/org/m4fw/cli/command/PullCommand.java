package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import org.m4fw.cli.hub.FileChoice;
import org.m4fw.cli.hub.HubSettings;
import org.m4fw.cli.hub.Pull;
import org.m4fw.cli.hub.Pulled;
import org.m4fw.cli.hub.Pulled.PulledFile;
import org.m4fw.cli.hub.RepositoryName;
import org.m4fw.quantizer.Glob;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code pull}. */
@CommandLine.Command(
    description = {
      "Downloads a model from a hub: in every directory of the repository the configuration, the"
          + " tokenizer, licence and card, and the weights in one format, safetensors before"
          + " PyTorch's. Every file is held against the hub's digest before it gets its name; a"
          + " download that was cut off goes on where it stopped.",
      "DIR/m4fw.lock.json records the commit, the licence and every digest. A directory that was"
          + " pulled before stays at its commit unless REV is given, and 'build' takes revision and"
          + " licence from there.",
      "The hub is that of HF_ENDPOINT. HF_TOKEN, if it is set, is sent to that host and no other."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw pull openai/whisper-tiny.en --out whisper",
      "  m4fw pull facebook/mms-tts-eng@main --dry-run",
      "  m4fw pull OWNER/NAME --component unet --component vae",
      "  m4fw pull OWNER/NAME --include '*Q4_0.gguf'"
    })
final class PullCommand implements Command {
  private static final int MAX_JOBS = 16;

  @Parameters(paramLabel = "REPO[@REV]", description = "OWNER/NAME, and a branch, tag or commit.")
  String repository = "";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the files go (default: NAME in the current directory).")
  Optional<Path> out = Optional.empty();

  @Option(names = "--revision", paramLabel = "REV", description = "The same as @REV.")
  Optional<String> revision = Optional.empty();

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description = "Take the files that match, and no others; may be repeated.")
  List<String> include = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Leave the files that match; may be repeated.")
  List<String> exclude = new ArrayList<>();

  @Option(
      names = "--component",
      paramLabel = "DIR",
      description = "Only this directory of a pipeline, such as unet; may be repeated.")
  List<String> components = new ArrayList<>();

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description = "The hub, instead of HF_ENDPOINT.")
  Optional<String> endpoint = Optional.empty();

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "How many files at once, 1 to 16 (default: 4).")
  int jobs = 4;

  @Option(names = "--dry-run", description = "Only say which files would be downloaded.")
  boolean dry;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (jobs < 1 || jobs > MAX_JOBS) {
      throw CommandError.OUT_OF_RANGE.at("--jobs", "", jobs, "1 to " + MAX_JOBS);
    }
    RepositoryName name =
        RepositoryName.parse(revision.map(rev -> repository + "@" + rev).orElse(repository));
    Path directory = out.orElseGet(() -> Path.of(name.name()));
    FileChoice choice = new FileChoice(globs(include), globs(exclude), components);
    Pulled pulled =
        new Pull(name, choice, directory, jobs, console.progress())
            .run(HubSettings.of(endpoint, System.getenv()), dry);
    if (json) {
      console.json(report(pulled, directory));
    } else {
      print(console, pulled, directory);
    }
  }

  private static List<Glob> globs(List<String> texts) {
    return texts.stream().map(Glob::new).toList();
  }

  private void print(Console console, Pulled pulled, Path directory) {
    TextTable table = new TextTable("file", ">size", "");
    for (PulledFile file : pulled.files()) {
      table.row(file.path(), Amounts.bytes(file.size()), state(file));
    }
    table.row("total", Amounts.bytes(pulled.size()), "");
    table.lines().forEach(console::line);
    console.line("");
    String licence = pulled.origin().licence();
    console.line(
        "%s at %s, %s%s"
            .formatted(
                pulled.repository().id(),
                pulled.origin().revision(),
                licence.isEmpty() ? "no licence stated" : "licence " + licence,
                dry ? "" : ", in " + directory));
  }

  private static String state(PulledFile file) {
    return file.state().name().toLowerCase(Locale.ROOT);
  }

  private ObjectNode report(Pulled pulled, Path directory) {
    ObjectNode report = Json.object();
    report.put("repository", pulled.repository().id());
    report.put("commit", pulled.origin().revision());
    report.put("licence", pulled.origin().licence());
    if (!dry) {
      report.put("directory", directory.toString());
    }
    ArrayNode files = report.putArray("files");
    for (PulledFile file : pulled.files()) {
      ObjectNode node = files.addObject().put("path", file.path()).put("size", file.size());
      file.digest().ifPresent(digest -> node.put("sha256", digest.hex()));
      node.put("state", state(file));
    }
    return report;
  }
}
