package org.m4fw.adapter.pack;

import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.answer.CarriedAnswers;
import org.m4fw.adapter.contract.Decimals;
import org.m4fw.base.json.Fields;

/**
 * What a manifest says about the known answers of the package that an adapter was carried over
 * from:
 *
 * <pre>
 * {"after":{"kl":"0.12","same":7},"before":{"kl":"0.01","same":8},"cases":8,"unchanged":{"kl":"0.2","same":6}}
 * </pre>
 *
 * {@code unchanged} is left out where the adapter as it was does not fit the new base.
 */
final class CarriedAnswersJson {
  private CarriedAnswersJson() {}

  static SortedMap<String, Object> fields(CarriedAnswers answers) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("after", fields(answers.after()));
    fields.put("before", fields(answers.before()));
    fields.put("cases", answers.cases());
    answers.unchanged().ifPresent(score -> fields.put("unchanged", fields(score)));
    return fields;
  }

  private static SortedMap<String, Object> fields(CarriedAnswers.Score score) {
    SortedMap<String, Object> fields = new TreeMap<>(Decimals.field("kl", score.kl()));
    fields.put("same", score.same());
    return fields;
  }

  static CarriedAnswers read(Fields fields) {
    fields.allowOnly("after", "before", "cases", "unchanged");
    int cases = (int) fields.integer("cases", 1, KnownAnswers.MAX_CASES);
    return new CarriedAnswers(
        cases,
        score(fields.object("before"), cases),
        fields.optionalObject("unchanged").map(unchanged -> score(unchanged, cases)),
        score(fields.object("after"), cases));
  }

  private static CarriedAnswers.Score score(Fields fields, int cases) {
    fields.allowOnly("kl", "same");
    double kl = Decimals.read(fields, "kl");
    if (!(kl >= 0) || kl > CarriedAnswers.MOST) {
      throw PackageContentJson.bad(fields, "kl", "0 to 1000000 nats");
    }
    return new CarriedAnswers.Score(kl, (int) fields.integer("same", 0, cases));
  }
}
