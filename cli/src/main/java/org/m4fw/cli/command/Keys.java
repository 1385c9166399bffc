package org.m4fw.cli.command;

import java.util.List;
import org.m4fw.cli.console.TextTable;
import org.m4fw.signing.trust.TrustedKey;
import tools.jackson.databind.node.ObjectNode;

/** How keys are shown. */
final class Keys {
  private Keys() {}

  static List<String> lines(List<TrustedKey> keys) {
    TextTable table = new TextTable("", "", "");
    keys.forEach(
        key -> table.row("  " + key.key().algorithm().standardName(), key.role(), key.id()));
    return table.lines();
  }

  static void put(ObjectNode report, List<TrustedKey> keys) {
    var array = report.putArray("keys");
    for (TrustedKey key : keys) {
      array
          .addObject()
          .put("id", key.id())
          .put("algorithm", key.key().algorithm().label())
          .put("class", key.key().algorithm().algorithmClass().text())
          .put("role", key.role());
    }
  }
}
