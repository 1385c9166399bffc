package org.m4fw.cli.adapter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.pipeline.InterfaceSource;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.host.Decoder;
import org.m4fw.host.TokenFile;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;

/** Runs an adapter on the graphs of an image: to record its answers, or to compare with them. */
public final class AnswerRun {
  private final Path image;
  private final Path adapter;
  private final String component;
  private final Progress progress;

  /**
   * Says what to run.
   *
   * @param adapter a package
   * @param component of the image
   */
  public AnswerRun(Path image, Path adapter, String component, Progress progress) {
    this.image = image;
    this.adapter = adapter;
    this.component = component;
    this.progress = progress;
  }

  /** How far a target's graph is from the recorded answers. */
  public record Result(String target, KnownAnswer.Distance distance) {}

  /** The targets that the component has graphs for, sorted. */
  public static List<String> targets(ImageFile image, String component) {
    return targets(image, component, SectionRole.GRAPH);
  }

  /** The targets whose graphs for an interface do not run here, sorted. */
  public static List<String> elsewhere(Path image, InterfaceRecord offered) {
    try (ImageFile file = ImageFile.open(image)) {
      String component = InterfaceSource.component(file, offered.id());
      return targets(file, component, SectionRole.LITE_GRAPH);
    }
  }

  private static List<String> targets(ImageFile image, String component, SectionRole role) {
    TreeSet<String> targets = new TreeSet<>();
    for (Section section : image.manifest().sections()) {
      if (section.role().equals(role.text()) && section.module().equals(component)) {
        targets.addAll(section.targets());
      }
    }
    return List.copyOf(targets);
  }

  /**
   * Puts questions to the adapter on the graph of one target.
   *
   * @param tokens where the questions are from; random ones without it
   */
  public List<KnownAnswer> record(String target, Optional<TokenFile> tokens, int cases) {
    try (RunnableModel model = open(target);
        Decoder decoder = model.openDecoder()) {
      return KnownAnswer.record(
          decoder,
          tokens
              .map(text -> Questions.of(text, cases))
              .orElseGet(() -> Questions.random(decoder.geometry().vocabulary(), cases)));
    }
  }

  /** Puts the questions of known answers to the adapter on the graphs of all targets. */
  public List<Result> compare(List<String> targets, List<KnownAnswer> answers) {
    List<Result> results = new ArrayList<>();
    for (String target : targets) {
      results.add(new Result(target, distance(target, answers)));
    }
    return results;
  }

  private KnownAnswer.Distance distance(String target, List<KnownAnswer> answers) {
    try (RunnableModel model = open(target);
        Decoder decoder = model.openDecoder()) {
      return KnownAnswer.compare(decoder, answers);
    } catch (ProblemException e) {
      Problem found = e.problem();
      throw new ProblemException(
          new Problem(
              found.code(),
              found.file(),
              found.item(),
              "on %s: %s".formatted(target, found.message()),
              found.hint()),
          e);
    }
  }

  /** Puts a package's questions to it on the graphs that an image has for an interface. */
  public static List<Result> compare(
      Path image,
      Path adapter,
      AdapterPackage packaged,
      InterfaceRecord offered,
      Progress progress) {
    try (ImageFile file = ImageFile.open(image)) {
      String component = InterfaceSource.component(file, offered.id());
      return new AnswerRun(image, adapter, component, progress)
          .compare(targets(file, component), packaged.answers());
    }
  }

  /** What the results say, by the limit of the package. */
  public static Evidence.KnownAnswers judge(AdapterPackage packaged, List<Result> results) {
    if (results.isEmpty()) {
      return Evidence.KnownAnswers.NOT_RUN;
    }
    return worst(results).orElseThrow() <= packaged.content().answerLimit().orElseThrow()
        ? Evidence.KnownAnswers.HOLD
        : Evidence.KnownAnswers.FAILED;
  }

  /** How far the answers of the worst target are off; empty if none were asked for. */
  public static Optional<Double> worst(List<Result> results) {
    return results.stream().map(result -> result.distance().kl()).max(Double::compare);
  }

  private RunnableModel open(String target) {
    return ModelOpener.open(
        new ModelRequest(
            image,
            Optional.of(component),
            Optional.empty(),
            Optional.of(target),
            Optional.of(adapter),
            OptionalDouble.empty(),
            false),
        CacheDirectory.ofUser(),
        progress);
  }
}
