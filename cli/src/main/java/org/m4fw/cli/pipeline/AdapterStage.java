package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.base.file.StagedFiles;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeError;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TokenFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.Roles;
import org.m4fw.signing.trust.TrustRoot;

/** Packages the adapters of a recipe, bound to the interface of their component. */
final class AdapterStage {
  private final Recipe recipe;
  private final Lock lock;
  private final ComponentStage components;
  private final SigningIdentity identity;
  private final StagedFiles staged;
  private final Progress progress;

  AdapterStage(
      Recipe recipe,
      Lock lock,
      ComponentStage components,
      SigningIdentity identity,
      StagedFiles staged,
      Progress progress) {
    this.recipe = recipe;
    this.lock = lock;
    this.components = components;
    this.identity = identity;
    this.staged = staged;
    this.progress = progress;
  }

  AdapterBuild make(Recipe.Adapter adapter, ComponentBuild base) {
    InterfaceRecord offers =
        base.offers()
            .orElseThrow(
                () -> RecipeError.NO_ATTACHMENT.at(recipe.file(), adapter.id(), base.name()));
    List<AttachmentPoint> points =
        base.model().parts().values().stream()
            .flatMap(graph -> graph.attachmentPoints().stream())
            .toList();
    OptionalDouble alpha = adapter.alpha().map(OptionalDouble::of).orElse(OptionalDouble.empty());
    try (OpenAdapter open = Adapters.open(adapter.directory(), points, alpha)) {
      PackagePayload payload = open.payload(offers);
      payload.warnings().forEach(w -> progress.warn(adapter.id() + ": " + w));
      String name = "%s-%s.m4adapter".formatted(adapter.id(), adapter.version());
      Path packaged = staged.path(name);
      try (UnsignedImage unsigned =
          new PackageWriter(new ImageWriter(OrderedWork.onAllCores(), progress))
              .write(payload, offers, request(adapter, base), Optional.empty(), packaged)) {
        new Signer(identity).complete(unsigned);
      }
      long bytes = FileState.of(packaged).map(FileState::size).orElse(0L);
      return new AdapterBuild(adapter, packaged, name, bytes, gains(adapter, base, open));
    }
  }

  private PackageRequest request(Recipe.Adapter adapter, ComponentBuild base) {
    SortedSet<DType> forms = new TreeSet<>();
    base.graphs()
        .forEach(
            graph ->
                forms.add(
                    graph.facts().arithmetic() == ElementType.FLOAT16 ? DType.F16 : DType.F32));
    if (forms.isEmpty()) {
      // No graph takes adapters; on other devices some may.
      forms.add(DType.F32);
    }
    Lock.Input input = lock.inputs().get(InputCheck.ADAPTER + adapter.id());
    Optional<String> licence =
        Optional.ofNullable(input).map(i -> i.origin().licence()).filter(l -> !l.isEmpty());
    return new PackageRequest(
        adapter.id(),
        adapter.version(),
        licence,
        adapter.task(),
        forms,
        TrustRoot.hybrid(Roles.ADAPTER_DEVELOPER),
        identity.development());
  }

  private List<AdapterBuild.Gain> gains(
      Recipe.Adapter adapter, ComponentBuild base, OpenAdapter open) {
    List<AdapterBuild.Gain> gains = new ArrayList<>();
    if (adapter.evaluation().isEmpty()) {
      return gains;
    }
    TokenFile tokens = TokenFile.read(adapter.evaluation().get());
    String tokensKey = base.key() + lock.inputs().get("tokens of " + adapter.id());
    String withKey =
        tokensKey + lock.inputs().get(InputCheck.ADAPTER + adapter.id()) + adapter.alpha();
    for (ComponentBuild.Made made : base.targets()) {
      gains.add(
          new AdapterBuild.Gain(
              made.model().target().id(),
              components.quality(
                  base.name(), made.model(), tokensKey, Optional.empty(), Optional.empty(), tokens),
              adapted(
                  "%s with %s".formatted(base.name(), adapter.id()),
                  made.model(),
                  withKey,
                  open,
                  tokens)));
    }
    return gains;
  }

  /** A graph that has no room for the adapter is no reason to stop: that of another target may. */
  private Optional<Quality> adapted(
      String name, TargetModel model, String key, OpenAdapter adapter, TokenFile tokens) {
    try {
      RuntimeAdapter fitted = FittedAdapter.of(adapter, name, model.parts().values());
      return components.quality(name, model, key, Optional.empty(), Optional.of(fitted), tokens);
    } catch (ProblemException e) {
      progress.warn(
          "%s for %s cannot be measured here: %s"
              .formatted(name, model.target().id(), e.problem().text()));
      return Optional.empty();
    }
  }
}
