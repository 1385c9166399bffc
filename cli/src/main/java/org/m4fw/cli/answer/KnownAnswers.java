package org.m4fw.cli.answer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.TensorRun;

/**
 * What the graphs of a component for one target answer to one set of inputs.
 *
 * @param questions the inputs that come from outside, sorted by name
 * @param answers the outputs of floating-point numbers, in the order in which they are computed
 * @param minimumCosine in thousandths
 * @param tolerance in units of an answer's last digit
 */
public record KnownAnswers(
    List<Question> questions, List<Answer> answers, int minimumCosine, int tolerance) {
  /** Less than another arithmetic of the same weights moves an answer; more than rounding does. */
  private static final int MINIMUM_COSINE = 990;

  /** An eighth to a sixteenth of the largest value of a sample. */
  private static final int TOLERANCE = 8;

  /** Beyond this a component takes too long to ask at every build. */
  static final long MOST_ELEMENTS = 1 << 24;

  public KnownAnswers {
    questions = List.copyOf(questions);
    answers = List.copyOf(answers);
  }

  /**
   * Asks the graphs as they were made.
   *
   * @param name for messages
   * @param model what they were made of
   * @return empty if there is nothing that could be known
   * @throws ProblemException if they cannot be run here
   */
  public static Optional<KnownAnswers> ask(
      String name, Model model, Map<String, CompiledModel> parts) {
    List<Question> questions = new ArrayList<>();
    for (Port port : TensorRun.inputs(parts).values()) {
      OptionalInt below =
          SeededInputs.whole(port) ? OptionalInt.of(ids(model, port)) : OptionalInt.empty();
      Question question = new Question(port.name(), SeededInputs.shape(port), below);
      if (question.shape().count() > MOST_ELEMENTS) {
        return Optional.empty();
      }
      questions.add(question);
    }
    List<Answer> answers = new ArrayList<>();
    for (FloatOutput output : run(name, questions, parts)) {
      Optional<Answer> answer = Answer.of(output.name(), output.shape(), output.values());
      if (answer.isEmpty()) {
        return Optional.empty();
      }
      answers.add(answer.get());
    }
    return answers.isEmpty()
        ? Optional.empty()
        : Optional.of(new KnownAnswers(questions, answers, MINIMUM_COSINE, TOLERANCE));
  }

  private static int ids(Model model, Port port) {
    return model.parts().values().stream()
        .filter(part -> part.inputs().stream().anyMatch(in -> in.name().equals(port.name())))
        .mapToInt(SeededInputs::ids)
        .min()
        .orElse(1);
  }

  /**
   * Asks the graphs again.
   *
   * @param file for messages, as is {@code item}
   * @return in one line, how near the answers are
   * @throws ProblemException with a {@link KnownAnswerError} if they are others
   */
  public String check(String file, String item, Map<String, CompiledModel> parts) {
    List<FloatOutput> outputs;
    try {
      outputs = run(file, questions, parts);
    } catch (ProblemException e) {
      throw KnownAnswerError.ANSWERS_NOT_RUN.at(file, item, e.problem().text());
    }
    double nearest = 1;
    double worst = 0;
    for (int i = 0; i < Math.max(answers.size(), outputs.size()); i++) {
      String known = i < answers.size() ? answers.get(i).what() : "nothing";
      String found = i < outputs.size() ? outputs.get(i).what() : "nothing";
      if (!known.equals(found)) {
        throw KnownAnswerError.ANSWER_MISSING.at(file, item, found, known);
      }
      Answer.Distance distance = answers.get(i).distance(outputs.get(i).values());
      nearest = Math.min(nearest, distance.cosine());
      worst = Math.max(worst, distance.worst());
      if (distance.cosine() < minimumCosine / 1000.0 || distance.worst() > tolerance) {
        throw KnownAnswerError.ANSWER_DIFFERS.at(
            file,
            item + ": " + answers.get(i).name(),
            distance.cosine(),
            minimumCosine / 1000.0,
            distance.worst(),
            tolerance);
      }
    }
    String names = answers.stream().map(Answer::name).distinct().collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT, "%s: cosine at least %.4f, within %.1f units", names, nearest, worst);
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record FloatOutput(String name, Shape shape, float[] values) {
    String what() {
      return "%s %s".formatted(name, shape);
    }
  }

  private static List<FloatOutput> run(
      String name, List<Question> questions, Map<String, CompiledModel> parts) {
    try (Arena arena = Arena.ofShared()) {
      SortedMap<String, Tensor> inputs = new TreeMap<>();
      questions.forEach(question -> inputs.put(question.name(), question.tensor(arena)));
      List<FloatOutput> outputs = new ArrayList<>();
      try (TensorRun run = TensorRun.execute(name, parts, Optional.empty(), inputs)) {
        for (TensorRun.Output output : run.outputs()) {
          TensorInfo info = output.info();
          if (info.dtype() == DType.F32) {
            float[] values =
                output.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN));
            outputs.add(new FloatOutput(info.name(), info.shape(), values));
          }
        }
      }
      return outputs;
    }
  }
}
