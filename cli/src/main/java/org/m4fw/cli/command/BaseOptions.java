package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.cli.pipeline.InterfaceSource;
import picocli.CommandLine.Option;

/** What an adapter is held against. */
final class BaseOptions {
  @Option(
      names = "--interface",
      paramLabel = "ID",
      description =
          "The interface that a checkpoint implements, or which one of an image (default: that of the"
              + " package, or m4.backbone).")
  String id = "";

  @Option(
      names = "--interface-version",
      paramLabel = "V",
      description = "The version of the interface that a checkpoint implements (default: 1.0.0).")
  String version = "1.0.0";

  /** The one interface that is meant. */
  InterfaceRecord choose(Path base) {
    return choose(base, "");
  }

  /** The same for an adapter: where nobody says which, the one that its package is for. */
  InterfaceRecord choose(Path base, OpenAdapter adapter) {
    return choose(
        base, adapter.packaged().map(found -> found.content().base().interfaceId()).orElse(""));
  }

  private InterfaceRecord choose(Path base, String wanted) {
    SemanticVersion parsed =
        SemanticVersion.parse(version)
            .orElseThrow(
                () ->
                    CommandError.OUT_OF_RANGE.at(
                        "", "--interface-version", version, "a version such as 1.0.0"));
    List<InterfaceRecord> offered =
        InterfaceSource.of(base, first(id, wanted, "m4.backbone"), parsed);
    if (offered.isEmpty()) {
      throw CommandError.NO_INTERFACE.at(base, "");
    }
    List<String> ids = offered.stream().map(InterfaceRecord::id).toList();
    String chosen = first(id, ids.contains(wanted) ? wanted : "");
    if (chosen.isEmpty() && offered.size() > 1) {
      throw CommandError.SEVERAL_INTERFACES.at(base, "", String.join(", ", ids));
    }
    return offered.stream()
        .filter(record -> chosen.isEmpty() || record.id().equals(chosen))
        .findFirst()
        .orElseThrow(() -> CommandError.NO_SUCH_INTERFACE.at(base, "", id, String.join(", ", ids)));
  }

  private static String first(String... words) {
    return Stream.of(words).filter(word -> !word.isEmpty()).findFirst().orElse("");
  }
}
