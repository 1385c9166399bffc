package org.m4fw.cli.adapter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import org.m4fw.adapter.answer.CarriedAnswers;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.carry.CarryError;
import org.m4fw.adapter.carry.CarryMethod;
import org.m4fw.adapter.carry.CarryOver;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceCheck;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.evaluate.Effect;
import org.m4fw.cli.evaluate.EvaluationError;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.TokenFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.SignedImage;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;

/** Carries an adapter over, by several methods where there is a text to measure them on. */
public final class CarryRun {
  private final Path adapter;
  private final Path before;
  private final Path after;
  private final InterfaceRecord offered;
  private final SigningIdentity identity;
  private final Progress progress;

  /**
   * Says what to carry from where to where.
   *
   * @param adapter where it is, for measuring it on its own base
   * @param before the checkpoint that it was trained on
   * @param after the next one
   * @param offered the interface that the carried package is bound to
   */
  public CarryRun(
      Path adapter,
      Path before,
      Path after,
      InterfaceRecord offered,
      SigningIdentity identity,
      Progress progress) {
    this.adapter = adapter;
    this.before = before;
    this.after = after;
    this.offered = offered;
    this.identity = identity;
    this.progress = progress;
  }

  /**
   * The adapter by one method.
   *
   * @param nll on the new base with it; empty without a text
   * @param kept the share of the adapter's gain on its own base that it has on the new one
   */
  public record Result(
      CarryMethod method, PackagePayload payload, OptionalDouble nll, OptionalDouble kept) {

    /** The largest rank; empty of virtual tokens. */
    public OptionalInt rank() {
      return payload instanceof PackagePayload.Lora(LoraAdapter lora)
          ? OptionalInt.of(lora.rank())
          : OptionalInt.empty();
    }
  }

  /** How the two bases do on the text. */
  public record Bases(double nllBefore, double nllAdapted, double nllAfter) {
    double gain() {
      return nllBefore - nllAdapted;
    }
  }

  /** The methods that can be tried; direct alone where only that makes sense of the adapter. */
  public List<CarryMethod> applicable(PackagePayload payload) {
    if (!(payload instanceof PackagePayload.Lora(LoraAdapter lora))
        || CarryOver.beyondPlain(lora).isPresent()) {
      return List.of(CarryMethod.DIRECT);
    }
    List<CarryMethod> methods = new ArrayList<>();
    if (over(over -> over.sameShapes(lora))) {
      methods.add(CarryMethod.COMPENSATED);
    }
    if (fits(payload)) {
      methods.add(CarryMethod.DIRECT);
    }
    methods.add(CarryMethod.PROJECTED);
    return methods;
  }

  private boolean fits(PackagePayload payload) {
    return Finding.refusal(InterfaceCheck.check(offered, payload.claim(Optional.empty())))
        .isEmpty();
  }

  /** Carries it over, without measuring: the first of the methods. */
  public Result carry(PackagePayload payload, List<CarryMethod> methods, int maxRank) {
    return new Result(
        methods.getFirst(),
        carried(payload, methods.getFirst(), maxRank),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  private PackagePayload carried(PackagePayload payload, CarryMethod method, int maxRank) {
    if (method == CarryMethod.DIRECT) {
      return payload;
    }
    return switch (payload) {
      case PackagePayload.Lora(LoraAdapter lora) ->
          new PackagePayload.Lora(over(over -> over.carry(lora, method, maxRank)));
      case PackagePayload.Prompt(SoftPrompt prompt) ->
          throw CarryError.DIRECT_ONLY.at(adapter, "", prompt.kind().text());
    };
  }

  /**
   * Measures the bases alone, and the adapter on its own.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link EvaluationError#NO_GAIN} if there is
   *     nothing that could be kept
   */
  public Bases measure(TokenFile tokens) {
    Bases bases =
        new Bases(
            nll(before, Optional.empty(), tokens),
            nll(before, Optional.of(adapter), tokens),
            nll(after, Optional.empty(), tokens));
    if (!(bases.gain() > 0) || Double.isInfinite(bases.gain())) {
      throw EvaluationError.NO_GAIN.at(before, "", String.valueOf(bases.gain()));
    }
    return bases;
  }

  /** Carries it over by every method and measures each; the best first. */
  public List<Result> compare(
      PackagePayload payload,
      List<CarryMethod> methods,
      int maxRank,
      PackageRequest request,
      TokenFile tokens,
      Bases bases) {
    List<Result> results = new ArrayList<>();
    for (CarryMethod method : methods) {
      PackagePayload carried = carried(payload, method, maxRank);
      try (TemporaryDirectory scratch = TemporaryDirectory.create()) {
        Path file = scratch.path().resolve("carried.m4adapter");
        write(carried, request, Optional.empty(), file);
        double nll = nll(after, Optional.of(file), tokens);
        results.add(
            new Result(
                method, carried, OptionalDouble.of(nll), OptionalDouble.of(kept(bases, nll))));
      }
    }
    results.sort(Comparator.comparingDouble((Result result) -> result.kept().orElse(0)).reversed());
    return results;
  }

  /** Nothing at all where the new base gives no numbers, with the adapter or alone. */
  private static double kept(Bases bases, double nll) {
    double kept = (bases.nllAfter() - nll) / bases.gain();
    return Double.isFinite(kept) ? kept : Double.NEGATIVE_INFINITY;
  }

  /** Uses what both checkpoints hold. */
  private <T> T over(Function<CarryOver, T> use) {
    try (Checkpoint old = Checkpoint.open(before);
        Checkpoint next = Checkpoint.open(after)) {
      return use.apply(new CarryOver(old, next, OrderedWork.onAllCores(), progress));
    }
  }

  /**
   * Writes the package, signed.
   *
   * @param from the package that it was made of, and how; empty for one that is only measured
   */
  public SignedImage write(
      PackagePayload carried,
      PackageRequest request,
      Optional<PackageContent.Carried> from,
      Path target) {
    PackageWriter writer = new PackageWriter(new ImageWriter(OrderedWork.onAllCores(), progress));
    try (UnsignedImage unsigned = writer.write(carried, offered, request, from, target)) {
      return new Signer(identity).complete(unsigned);
    }
  }

  /**
   * How far the adapter answers as it did when it was bound, before and after.
   *
   * @param answers recorded when the package was bound, none if it never was
   * @return empty without answers, or if the bases have another vocabulary than these
   */
  public Optional<CarriedAnswers> answers(
      List<KnownAnswer> answers, PackagePayload payload, Result carried, PackageRequest request) {
    if (answers.isEmpty()) {
      return Optional.empty();
    }
    Optional<KnownAnswer.Distance> old = distance(before, adapter, answers);
    Optional<KnownAnswer.Distance> now = packedDistance(carried.payload(), request, answers);
    if (old.isEmpty() || now.isEmpty()) {
      return Optional.empty();
    }
    Optional<KnownAnswer.Distance> unchanged =
        carried.method() == CarryMethod.DIRECT
            ? now
            : fits(payload) ? packedDistance(payload, request, answers) : Optional.empty();
    return Optional.of(
        new CarriedAnswers(
            answers.size(),
            CarriedAnswers.Score.of(old.get()),
            unchanged.map(CarriedAnswers.Score::of),
            CarriedAnswers.Score.of(now.get())));
  }

  private Optional<KnownAnswer.Distance> packedDistance(
      PackagePayload payload, PackageRequest request, List<KnownAnswer> answers) {
    try (TemporaryDirectory scratch = TemporaryDirectory.create()) {
      Path file = scratch.path().resolve("carried.m4adapter");
      write(payload, request, Optional.empty(), file);
      return distance(after, file, answers);
    }
  }

  private Optional<KnownAnswer.Distance> distance(Path base, Path with, List<KnownAnswer> answers) {
    ModelRequest request = ModelRequest.of(base).withAdapter(with);
    try (RunnableModel model = ModelOpener.open(request, CacheDirectory.ofUser(), progress);
        Decoder decoder = model.openDecoder()) {
      return decoder.geometry().vocabulary() == answers.getFirst().logits().length
          ? Optional.of(KnownAnswer.compare(decoder, answers))
          : Optional.empty();
    }
  }

  private double nll(Path base, Optional<Path> with, TokenFile tokens) {
    ModelRequest plain = ModelRequest.of(base);
    ModelRequest request = with.map(plain::withAdapter).orElse(plain);
    return Effect.nll(request, tokens, progress);
  }
}
