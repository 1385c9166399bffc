package org.m4fw.cli.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.StrictJson;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import org.m4fw.cli.synth.Catalogue;
import org.m4fw.cli.synth.Layout;
import org.m4fw.cli.synth.Preset;
import org.m4fw.cli.synth.SynthError;
import org.m4fw.cli.synth.Synthesis;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code synth}. */
@CommandLine.Command(
    description = {
      "Writes checkpoints that are laid out like the published ones of M4's components: the same"
          + " files, tensor names, element types and shapes, with random weights.",
      "For tests and measurements without downloads. The same seed gives the same bytes. Tiny ones"
          + " have tiny tokenizers of the same kind; full ones have none."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw synth --preset tiny --out models",
      "  m4fw synth --preset full --component IMU_enc --component LLaMA --metadata-only --out full"
    })
final class SynthCommand implements Command {
  private static final String RECORD = "synth.json";
  private static final String SCHEMA = "m4fw/synth/1";

  @Option(
      names = "--preset",
      required = true,
      paramLabel = "P",
      description = "tiny, or full: the published sizes.")
  Preset preset = Preset.TINY;

  @Option(
      names = "--component",
      paramLabel = "N",
      description =
          "IMG_enc, TXT_enc, AUD-B_enc, AUD-I_enc, IMU_enc, LLaMA, GEN_dec, IMG_dec, TTS_dec (both"
              + " kinds), llama_proj, or the directory of one; may be repeated (default: all).")
  List<String> components = new ArrayList<>();

  @Option(names = "--seed", paramLabel = "N", description = "For other weights (default: 0).")
  long seed;

  @Option(
      names = "--metadata-only",
      description =
          "Leave the weights out: they read as zeros and take no room on the disk, where its file"
              + " system has sparse files.")
  boolean metadataOnly;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    List<Layout> layouts = Catalogue.find(components);
    OutputGuard.check(out, SynthCommand::isOurs);
    Synthesis synthesis = new Synthesis(preset, seed, metadataOnly, console.progress());
    long bytes = layouts.stream().mapToLong(synthesis::bytes).sum();
    if (!metadataOnly) {
      requireRoom(bytes);
      console.note("writes %s of weights".formatted(Amounts.bytes(bytes)));
    }
    ObjectNode record = record(layouts, synthesis);
    try (OutputDirectory directory = OutputDirectory.create(out)) {
      layouts.forEach(layout -> synthesis.write(layout, directory.path()));
      OutputFile.write(
          directory.path().resolve(RECORD),
          (record.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
      directory.commit();
    }
    if (json) {
      console.json(record);
    } else {
      TextTable table = new TextTable("", ">", "");
      for (Layout layout : layouts) {
        table.row(
            out.resolve(layout.directory()).toString(),
            Amounts.bytes(synthesis.bytes(layout)),
            String.join(" ", layout.components()));
      }
      table.lines().forEach(console::line);
    }
  }

  private void requireRoom(long bytes) {
    try {
      Path existing = out.toAbsolutePath();
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      long free = Files.getFileStore(existing).getUsableSpace();
      if (free < bytes) {
        throw SynthError.NO_ROOM.at(out, "", bytes, free);
      }
    } catch (IOException e) {
      throw FileError.UNWRITABLE.at(out, "", FileError.reason(e));
    }
  }

  private ObjectNode record(List<Layout> layouts, Synthesis synthesis) {
    ObjectNode record = Json.object().put("schema", SCHEMA).put("preset", preset.id());
    record.put("seed", seed).put("metadata_only", metadataOnly);
    var list = record.putArray("checkpoints");
    for (Layout layout : layouts) {
      ObjectNode node = list.addObject().put("directory", layout.directory());
      layout.components().forEach(node.putArray("components")::add);
      node.put("laid_out_like", layout.source()).put("bytes", synthesis.bytes(layout));
    }
    return record;
  }

  private static boolean isOurs(Path directory) {
    Path record = directory.resolve(RECORD);
    return Files.isRegularFile(record)
        && StrictJson.readObject(record)
            .optionalString("schema")
            .filter(SCHEMA::equals)
            .isPresent();
  }
}
