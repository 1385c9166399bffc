package org.m4fw.signing.statement;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.Fields;

/** Lists of digests in statements: in ascending order and each once, so that there is one form. */
final class StatementDigests {
  private StatementDigests() {}

  static List<Digest> of(Fields fields, String name, int most) {
    List<String> texts = fields.strings(name);
    if (texts.size() > most) {
      throw StatementError.TOO_MANY.at(fields.file(), item(fields, name), texts.size(), most);
    }
    List<Digest> digests = new ArrayList<>();
    for (String text : texts) {
      if (!text.matches("sha256:[0-9a-f]{64}")
          || (!digests.isEmpty() && digests.getLast().toString().compareTo(text) >= 0)) {
        throw StatementError.BAD_DIGEST.at(fields.file(), item(fields, name), text);
      }
      digests.add(Digest.parse(text));
    }
    return List.copyOf(digests);
  }

  private static String item(Fields fields, String name) {
    return fields.path().isEmpty() ? name : fields.path() + "." + name;
  }
}
