package org.m4fw.cli.answer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Shape;

/** The section of the role {@code known-answers}: canonical JSON, of a few kilobytes. */
public final class KnownAnswersJson {
  private static final String SCHEMA = "m4fw/known-answers/1";
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_ENTRIES = 256;
  private static final int MOST_AXES = 8;
  private static final int MOST_IDS = 1 << 30;

  /** Of an input as well as an output: a prompt of 16 tokens has 16 scores for each word. */
  private static final long MOST_OUTPUT = 1L << 28;

  private KnownAnswersJson() {}

  /** The section's bytes. */
  public static byte[] bytes(KnownAnswers known) {
    SortedMap<String, Object> document = new TreeMap<>();
    document.put("schema", SCHEMA);
    document.put("minimum_cosine", known.minimumCosine());
    document.put("tolerance", known.tolerance());
    document.put("inputs", known.questions().stream().map(KnownAnswersJson::node).toList());
    document.put("outputs", known.answers().stream().map(KnownAnswersJson::node).toList());
    return CanonicalJson.bytes(CanonicalJson.node(document));
  }

  private static SortedMap<String, Object> node(Question question) {
    SortedMap<String, Object> node = new TreeMap<>();
    node.put("name", question.name());
    node.put("shape", question.shape().dims());
    question.below().ifPresent(below -> node.put("below", below));
    return node;
  }

  private static SortedMap<String, Object> node(Answer answer) {
    SortedMap<String, Object> node = new TreeMap<>();
    node.put("name", answer.name());
    node.put("shape", answer.shape().dims());
    node.put("exponent", answer.exponent());
    node.put("values", answer.values());
    return node;
  }

  /**
   * Reads a section.
   *
   * @param file for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link KnownAnswerError#ANSWERS_MALFORMED}
   *     or an error of JSON
   */
  public static KnownAnswers read(String file, byte[] bytes) {
    if (bytes.length > MOST_BYTES) {
      throw malformed(file, bytes.length + " bytes");
    }
    Fields fields = Fields.of(file, StrictJson.parse(file, bytes));
    fields.exactly("schema", "minimum_cosine", "tolerance", "inputs", "outputs");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw malformed(file, "schema " + fields.string("schema"));
    }
    List<Question> questions = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Fields input : few(file, fields, "inputs")) {
      input.allowOnly("name", "shape", "below");
      OptionalLong below = input.optionalInteger("below", 1, MOST_IDS);
      questions.add(
          new Question(
              input.string("name"),
              shape(file, input),
              below.isPresent() ? OptionalInt.of((int) below.getAsLong()) : OptionalInt.empty()));
      if (!names.add(input.string("name"))) {
        throw malformed(file, "input %s twice".formatted(input.string("name")));
      }
    }
    return new KnownAnswers(
        questions,
        few(file, fields, "outputs").stream().map(output -> answer(file, output)).toList(),
        (int) fields.integer("minimum_cosine", 0, 1000),
        (int) fields.integer("tolerance", 0, Answer.LARGEST));
  }

  private static Answer answer(String file, Fields output) {
    output.exactly("name", "shape", "exponent", "values");
    List<Integer> values = new ArrayList<>();
    for (long value : output.integers("values", -Answer.LARGEST, Answer.LARGEST)) {
      values.add((int) value);
    }
    Shape shape = shape(file, output);
    if (values.size() != Math.min(Answer.MOST_VALUES, shape.count()) || values.isEmpty()) {
      throw malformed(file, "%s values of %s".formatted(values.size(), output.string("name")));
    }
    int exponent = (int) output.integer("exponent", Answer.LEAST_EXPONENT, Answer.MOST_EXPONENT);
    return new Answer(output.string("name"), shape, exponent, values);
  }

  private static List<Fields> few(String file, Fields fields, String name) {
    List<Fields> entries = fields.objects(name);
    if (entries.isEmpty() || entries.size() > MOST_ENTRIES) {
      throw malformed(file, "%s %s".formatted(entries.size(), name));
    }
    return entries;
  }

  private static Shape shape(String file, Fields fields) {
    long[] dims = fields.integers("shape", 0, KnownAnswers.MOST_ELEMENTS);
    if (dims.length > MOST_AXES) {
      throw malformed(file, dims.length + " axes");
    }
    long count = 1;
    for (long dim : dims) {
      // Neither factor is beyond 2^30, so that the product is right.
      count *= dim;
      if (count > MOST_OUTPUT) {
        throw malformed(file, "more than %s numbers".formatted(MOST_OUTPUT));
      }
    }
    return Shape.of(dims);
  }

  private static RuntimeException malformed(String file, String found) {
    return KnownAnswerError.ANSWERS_MALFORMED.at(file, "", found);
  }
}
