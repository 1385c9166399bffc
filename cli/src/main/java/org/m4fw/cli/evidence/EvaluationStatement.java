package org.m4fw.cli.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;

/**
 * What a build measured, as an in-toto Statement v1 about the image. It lies beside the image and
 * not in it: other machines measure other last digits, and the image has to be the same on all.
 */
public final class EvaluationStatement {
  /** The DSSE payload type of in-toto statements. */
  public static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private EvaluationStatement() {}

  /**
   * A result.
   *
   * @param about what was measured: {@code backbone on pixel7pro-cpu}
   * @param metric its name
   */
  public record Result(String about, String metric, double value) {}

  /**
   * The statement, canonical; numbers are decimal strings.
   *
   * @param fileName the image's name
   * @param imageId the SHA-256 of the image's manifest
   */
  public static byte[] bytes(String fileName, Digest imageId, List<Result> results) {
    List<Object> list = new ArrayList<>();
    for (Result result : results) {
      SortedMap<String, Object> entry = new TreeMap<>();
      entry.put("about", result.about());
      entry.put("metric", result.metric());
      entry.put("value", String.format(Locale.ROOT, "%.6f", result.value()));
      list.add(entry);
    }
    SortedMap<String, Object> subject = new TreeMap<>();
    subject.put("name", "manifest of " + fileName);
    subject.put("digest", Map.of("sha256", imageId.hex()));
    SortedMap<String, Object> statement = new TreeMap<>();
    statement.put("_type", "https://in-toto.io/Statement/v1");
    statement.put("subject", List.of(subject));
    statement.put("predicateType", "urn:m4fw:evaluation:1");
    statement.put("predicate", Map.of("results", list));
    return CanonicalJson.bytes(CanonicalJson.node(statement));
  }
}
