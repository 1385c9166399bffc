package org.m4fw.graph.importer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.Fields;
import org.m4fw.checkpoint.Checkpoint;

/**
 * What fairseq keeps beside a checkpoint in {@code config.yaml}. Of YAML only mappings of plain
 * words and numbers are read, nested by two spaces, as fairseq writes them; lists and anything else
 * are passed over. A field of {@code config.json}, if there is one, goes first.
 */
final class FairseqSettings {
  private static final int MAX_BYTES = 1 << 20;

  private final String file;
  private final Map<String, String> values;
  private final Optional<Fields> config;

  private FairseqSettings(String file, Map<String, String> values, Optional<Fields> config) {
    this.file = file;
    this.values = values;
    this.config = config;
  }

  static FairseqSettings read(Checkpoint checkpoint) {
    Optional<Path> yaml = checkpoint.file("config.yaml");
    return new FairseqSettings(
        yaml.map(Path::toString).orElse(checkpoint.directory().toString()),
        yaml.map(FairseqSettings::parse).orElseGet(TreeMap::new),
        checkpoint.config());
  }

  private static Map<String, String> parse(Path yaml) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(yaml)) {
      bytes = in.readNBytes(MAX_BYTES);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(yaml, "", FileError.reason(e));
    }
    Map<String, String> values = new TreeMap<>();
    String section = "";
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      int colon = line.indexOf(':');
      boolean comment = line.isBlank() || line.stripLeading().startsWith("#");
      if (comment || colon < 0) {
        continue;
      }
      String value = line.substring(colon + 1).strip();
      if (!line.startsWith(" ")) {
        section = value.isEmpty() ? line.substring(0, colon) + "." : "";
        values.putIfAbsent(line.substring(0, colon), value);
      } else if (line.startsWith("  ") && line.charAt(2) != ' ' && !section.isEmpty()) {
        values.putIfAbsent(section + line.substring(2, colon), value);
      }
    }
    return values;
  }

  /** A word or path of the file, as {@code section.name}. */
  Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
  }

  /** A number that has to be there, as {@code name} of {@code section}. */
  double number(String section, String name) {
    if (config.isPresent() && config.get().has(name)) {
      return config.get().number(name);
    }
    String text =
        text(section + "." + name)
            .orElseThrow(() -> ImportError.NO_SETTING.at(file, section + "." + name));
    try {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, in the same words as a number that is none.
    }
    throw ImportError.INCONSISTENT.at(file, section + "." + name, text, "a number");
  }

  /** A count of {@code config.json}, which {@code config.yaml} does not hold. */
  int count(String name, int otherwise, int max) {
    return config
        .map(fields -> Math.toIntExact(fields.optionalInteger(name, 1, max).orElse(otherwise)))
        .orElse(otherwise);
  }

  String file() {
    return file;
  }
}
