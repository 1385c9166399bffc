package org.m4fw.cli.evaluate;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.model.ImageTask;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.Generation;
import org.m4fw.host.Sampler;
import org.m4fw.host.answer.LabelAnswer;
import org.m4fw.host.metric.Judged;
import org.m4fw.host.motion.MotionWindow;
import org.m4fw.host.path.Answer;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.LoadedPath;
import org.m4fw.host.path.Question;
import org.m4fw.host.text.Tokenizer;

/**
 * What answers the questions of a data set: a task of an image, or a model that continues texts.
 */
public sealed interface Answerer extends AutoCloseable {

  /** Where it comes from, for messages. */
  String name();

  /** The answers, the best first. */
  List<String> answer(DataSet.Item item, Progress progress);

  @Override
  void close();

  /** Answers all questions, in their order. */
  default List<Judged> answer(DataSet data, Progress progress) {
    try (Progress.Stage stage = progress.stage("answer " + name(), data.items().size())) {
      return data.items().stream()
          .map(
              item -> {
                List<String> answers = answer(item, Progress.silent());
                stage.advance(1);
                return new Judged(answers, item.references());
              })
          .toList();
    }
  }

  /** By a path of an image, or by what one of its adapters is for. */
  static Answerer ofTask(ModelRequest request, String task, Optional<Integer> maxTokens) {
    ImageTask opened =
        ImageTask.open(request.path(), task, request.target(), request.adapter(), request.alpha());
    return new OfTask(task, opened, LoadedPath.forManyQuestions(opened), maxTokens);
  }

  /** By continuing texts. */
  static Answerer ofModel(ModelRequest request, int maxTokens, Progress progress) {
    RunnableModel model = ModelOpener.open(request, CacheDirectory.ofUser(), progress);
    try {
      Tokenizer tokenizer = model.openTokenizer();
      return new OfModel(
          request.path().toString(), model, tokenizer, model.openDecoder(), maxTokens);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /** A task of an image, whose components are loaded once. */
  record OfTask(String task, ImageTask opened, LoadedPath loaded, Optional<Integer> maxTokens)
      implements Answerer {
    @Override
    public String name() {
      return opened.name();
    }

    @Override
    public List<String> answer(DataSet.Item item, Progress progress) {
      Question question =
          new Question(
              item.image(),
              item.audio(),
              item.imu(),
              MotionWindow.EXACT,
              item.texts(),
              item.labels(),
              Optional.empty(),
              maxTokens,
              0);
      return switch (opened.ask(question, loaded, progress).result()) {
        case Answer.Result.Text(String text, boolean ended) -> List.of(text.strip());
        case Answer.Result.Labels(LabelAnswer labels) ->
            labels.choices().stream().map(LabelAnswer.Choice::label).toList();
        case Answer.Result.Speech speech ->
            throw EvaluationError.NOT_JUDGED.at(name(), "", task, "speech");
        case Answer.Result.Image image ->
            throw EvaluationError.NOT_JUDGED.at(name(), "", task, "an image");
      };
    }

    @Override
    public void close() {
      loaded.close();
      opened.close();
    }
  }

  /** A model that continues texts, greedily. */
  record OfModel(
      String name, RunnableModel model, Tokenizer tokenizer, Decoder decoder, int maxTokens)
      implements Answerer {
    @Override
    public List<String> answer(DataSet.Item item, Progress progress) {
      Stream.of(item.image(), item.audio(), item.imu())
          .flatMap(Optional::stream)
          .findFirst()
          .ifPresent(
              file -> {
                throw EvaluationError.NOT_TEXT.at(item.where(), "", file);
              });
      String prompt = item.texts().get(ExecutionPath.TEXT);
      if (prompt == null || item.texts().size() > 1 || !item.labels().isEmpty()) {
        throw EvaluationError.NOT_TEXT.at(
            item.where(), "", item.labels().isEmpty() ? item.texts().keySet() : "labels");
      }
      Generation generation =
          Generation.run(
              decoder, tokenizer.encode(prompt), maxTokens, Sampler.greedy(), token -> {});
      long[] ids = generation.ids().stream().mapToLong(Long::longValue).toArray();
      return List.of(tokenizer.decode(ids).strip());
    }

    @Override
    public void close() {
      decoder.close();
      tokenizer.close();
      model.close();
    }
  }
}
