package org.m4fw.adapter.pack;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.contract.Decimals;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.Fields;

/**
 * What a manifest says about an adapter that was carried over:
 *
 * <pre>
 * {"answers":{…} as of {@link CarriedAnswersJson},
 *  "from":"sha256:HEX",
 *  "method":"direct"|"compensated"|"projected",
 *  "scores":{"after":"8.963","after_adapted":"4.437","before":"8.972","before_adapted":"4.257","floor":"0.8"}}
 * </pre>
 *
 * {@code scores} are left out where nothing was measured, {@code answers} where there were none to
 * compare with.
 */
final class CarriedJson {
  private CarriedJson() {}

  static SortedMap<String, Object> fields(PackageContent.Carried carried) {
    SortedMap<String, Object> fields = new TreeMap<>();
    carried
        .answers()
        .ifPresent(answers -> fields.put("answers", CarriedAnswersJson.fields(answers)));
    fields.put("from", carried.from().toString());
    fields.put("method", carried.method());
    carried.scores().ifPresent(scores -> fields.put("scores", fields(scores)));
    return fields;
  }

  private static SortedMap<String, Object> fields(CarriedScores scores) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.putAll(Decimals.field("after", scores.after()));
    fields.putAll(Decimals.field("after_adapted", scores.afterAdapted()));
    fields.putAll(Decimals.field("before", scores.before()));
    fields.putAll(Decimals.field("before_adapted", scores.beforeAdapted()));
    fields.putAll(Decimals.field("floor", scores.floor()));
    return fields;
  }

  static PackageContent.Carried read(Fields fields) {
    fields.allowOnly("answers", "from", "method", "scores");
    String from = fields.string("from");
    String method = fields.string("method");
    if (!from.matches("sha256:[0-9a-f]{64}")) {
      throw PackageError.BAD_FIELD.at(fields.file(), "content.carried.from", from, "sha256:…");
    }
    if (!method.matches("[a-z]{1,32}")) {
      throw PackageError.BAD_FIELD.at(fields.file(), "content.carried.method", method, "a word");
    }
    Optional<CarriedScores> scores = fields.optionalObject("scores").map(CarriedJson::scores);
    return new PackageContent.Carried(
        Digest.parse(from),
        method,
        scores,
        fields.optionalObject("answers").map(CarriedAnswersJson::read));
  }

  private static CarriedScores scores(Fields fields) {
    fields.allowOnly("after", "after_adapted", "before", "before_adapted", "floor");
    CarriedScores scores =
        new CarriedScores(
            Decimals.read(fields, "before"),
            Decimals.read(fields, "before_adapted"),
            Decimals.read(fields, "after"),
            Decimals.read(fields, "after_adapted"),
            Decimals.read(fields, "floor"));
    if (!(scores.floor() >= 0) || scores.floor() > CarriedScores.MOST_FLOOR) {
      throw PackageError.BAD_FIELD.at(
          fields.file(),
          "content.carried.scores.floor",
          scores.floor(),
          "0 to " + CarriedScores.MOST_FLOOR);
    }
    if (!(scores.before() > scores.beforeAdapted())) {
      throw PackageError.BAD_FIELD.at(
          fields.file(),
          "content.carried.scores.before_adapted",
          scores.beforeAdapted(),
          "less than " + scores.before() + ": the adapter gained something");
    }
    return scores;
  }
}
