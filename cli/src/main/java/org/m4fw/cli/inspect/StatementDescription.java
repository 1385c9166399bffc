package org.m4fw.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.cli.console.Json;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.trust.SignedRoot;
import tools.jackson.databind.node.ObjectNode;

/** Describes signed documents; whose signatures they are is the matter of 'm4fw verify'. */
final class StatementDescription {
  private StatementDescription() {}

  static Description of(Path file, String payloadType) {
    if (payloadType.equals(SignedRoot.PAYLOAD_TYPE)) {
      return KeyDescription.of(file);
    }
    SignedStatement statement = SignedStatement.read(file);
    ObjectNode json = Description.json("statement", file);
    json.put("statement", statement.kind().label()).put("development", statement.development());
    json.put("signatures", statement.envelope().signatures().size());
    Json.put(json, "subjects", statement.subjects().stream().map(Digest::toString).toList());
    json.set("body", statement.body().node());
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: a statement, %s, with %s signatures that nobody checked"
            .formatted(file, statement.kind().label(), statement.envelope().signatures().size()));
    statement.subjects().forEach(subject -> lines.add("  about " + subject));
    lines.add("  " + statement.body().node());
    return new Description(lines, json);
  }
}
