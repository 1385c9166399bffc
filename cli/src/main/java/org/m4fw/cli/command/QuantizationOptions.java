package org.m4fw.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.quantizer.Overrides;
import picocli.CommandLine.Option;

/** Other schemes for single weights. */
final class QuantizationOptions {
  @Option(
      names = "--override",
      paramLabel = "WEIGHT=SCHEME",
      description =
          "Another scheme for weights of that name, in which * is any text; may be repeated.")
  List<String> overrides = new ArrayList<>();

  Overrides overrides() {
    SortedMap<String, String> patterns = new TreeMap<>();
    for (String text : overrides) {
      int at = text.lastIndexOf('=');
      if (at < 1) {
        throw CommandError.BAD_OVERRIDE.at("", "--override", text);
      }
      patterns.put(text.substring(0, at), text.substring(at + 1));
    }
    return Overrides.of("", "--override", patterns);
  }
}
