package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.LiteFile;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.image.Extraction;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image extract}. */
@CommandLine.Command(
    description = {
      "Unpacks the sections of an image or adapter package into one directory, each checked against"
          + " its digest while it is written. Graphs find their weights there.",
      "With --target only what that target needs, under the names that runtimes look for"
          + " (genai_config.json, tokenizer.json): the directory can be given to run, generate and"
          + " eval, and to onnxruntime-genai. .tflite files are made whole: their weights lie in a"
          + " section that other targets read as well."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image extract pixel7pro.m4img --out unpacked",
      "  m4fw image extract pixel7pro.m4img --target pixel7pro-cpu --out runnable",
      "  m4fw image extract pixel7pro.m4img --target pixel7pro-tpu --out for-the-tpu",
      "  m4fw image extract pixel7pro.m4img --section provenance --out p"
    })
final class ImageExtractCommand implements Command {
  @Parameters(paramLabel = "IMAGE", description = "The image.")
  Path image = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The directory to make.")
  Path out = Path.of("");

  @Option(
      names = "--section",
      paramLabel = "ID",
      description = "Only this section; may be repeated.")
  List<String> ids = new ArrayList<>();

  @Option(names = "--target", paramLabel = "T", description = "What this target needs.")
  Optional<String> target = Optional.empty();

  @Option(names = "--component", paramLabel = "NAME", description = "Only this component.")
  Optional<String> component = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    OutputGuard.check(out, directory -> false);
    try (ImageFile file = ImageFile.open(image);
        OutputDirectory directory = OutputDirectory.create(out)) {
      List<Section> sections = chosen(file);
      boolean flat = sections.stream().map(this::name).distinct().count() == sections.size();
      OrderedWork work = OrderedWork.onAllCores();
      List<Path> written =
          flat
              ? Extraction.extract(
                  file,
                  sections,
                  section -> Path.of(name(section)),
                  directory,
                  work,
                  console.progress())
              : Extraction.extract(file, sections, directory, work, console.progress());
      List<Path> whole = whole(file, sections, written, directory.path());
      directory.commit();
      report(console, sections, written, whole);
    }
  }

  /** Makes .tflite files whole, from the sections that were unpacked and checked. */
  private List<Path> whole(
      ImageFile image, List<Section> sections, List<Path> written, Path directory) {
    List<Path> whole = new ArrayList<>();
    for (LiteFile lite : target.isPresent() ? LiteFile.of(image) : List.<LiteFile>of()) {
      int head = sections.indexOf(lite.head());
      int weights = sections.indexOf(lite.weights());
      if (head >= 0 && weights >= 0) {
        try (OutputFile file = OutputFile.create(directory.resolve(lite.name()));
            MappedFile first = MappedFile.open(directory.resolve(written.get(head)));
            MappedFile second = MappedFile.open(directory.resolve(written.get(weights)))) {
          file.append(first.segment());
          file.append(second.segment());
          file.commit();
        }
        whole.add(Path.of(lite.name()));
      }
    }
    return whole;
  }

  private void report(
      Console console, List<Section> sections, List<Path> written, List<Path> whole) {
    ObjectNode report = Json.object().put("directory", out.toString());
    var list = report.putArray("files");
    for (int i = 0; i < sections.size(); i++) {
      Section section = sections.get(i);
      list.addObject()
          .put("section", section.id())
          .put("file", written.get(i).toString())
          .put("size", section.length());
      if (!json) {
        console.line(
            "%s  %s".formatted(out.resolve(written.get(i)), Amounts.bytes(section.length())));
      }
    }
    whole.forEach(file -> list.addObject().put("file", file.toString()));
    if (json) {
      console.json(report);
    } else {
      whole.forEach(file -> console.line(out.resolve(file) + "  whole"));
    }
  }

  private List<Section> chosen(ImageFile file) {
    List<Section> all = file.manifest().sections();
    for (String id : ids) {
      if (file.manifest().section(id).isEmpty()) {
        throw CommandError.NO_SUCH_SECTION.at(
            image, id, String.join(", ", all.stream().map(Section::id).toList()));
      }
    }
    List<Section> chosen = all.stream().filter(this::wanted).toList();
    if (target.isPresent()) {
      List<String> graphs =
          chosen.stream()
              .filter(s -> is(s, SectionRole.GRAPH) || is(s, SectionRole.LITE_GRAPH))
              .map(Section::module)
              .distinct()
              .toList();
      if (graphs.isEmpty()) {
        throw CommandError.NO_SUCH_SECTION.at(
            image, target.get(), String.join(", ", all.stream().map(Section::id).toList()));
      }
      if (graphs.size() > 1) {
        throw CommandError.TWO_COMPONENTS.at(image, target.get(), String.join(", ", graphs));
      }
    }
    return chosen;
  }

  private boolean wanted(Section section) {
    return (ids.isEmpty() || ids.contains(section.id()))
        && component.map(section.module()::equals).orElse(true)
        && target
            .map(t -> section.targets().isEmpty() || section.targets().contains(t))
            .orElse(true);
  }

  /** Under what name a section is unpacked. */
  private String name(Section section) {
    boolean runnable =
        target.isPresent()
            && (is(section, SectionRole.GENAI)
                || is(section, SectionRole.TOKENIZER)
                || is(section, SectionRole.CONFIG));
    String name = section.name();
    return runnable ? name.substring(name.lastIndexOf('.', name.length() - 6) + 1) : name;
  }

  private static boolean is(Section section, SectionRole role) {
    return section.role().equals(role.text());
  }
}
