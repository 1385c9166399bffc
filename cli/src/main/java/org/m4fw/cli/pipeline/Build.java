package org.m4fw.cli.pipeline;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.file.StagedFiles;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.evidence.EvaluationStatement;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeReader;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.PathFit;
import org.m4fw.image.SignedImage;
import org.m4fw.image.UnsignedImage;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.report.ReportJson;
import org.m4fw.signing.DevelopmentIdentity;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.TrustRootFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The main job: a recipe in, a signed image out. {@link #run} is the table of contents. What was
 * made before is not made again: quantized weights and measurements are kept in the cache under the
 * digests of what they depend on, and if neither inputs nor outputs changed, nothing is done.
 */
public final class Build {
  private static final String EVALUATION = "evaluation.intoto.json";

  private final BuildRequest request;
  private final Progress progress;
  private final Recipe recipe;
  private final Path stampFile;
  private final Resources resources = new Resources();

  private Build(BuildRequest request, Progress progress) {
    this.request = request;
    this.progress = progress;
    this.recipe = RecipeReader.read(request.recipe());
    this.stampFile = Stamp.file(request.cache(), request.recipe(), request.out());
  }

  /**
   * Builds.
   *
   * @throws org.m4fw.base.problem.ProblemException with the error of whatever stage refuses; the
   *     output directory is then as it was
   */
  public static BuildResult run(BuildRequest request, Progress progress) {
    Build build = new Build(request, progress);
    Optional<Stamp> earlier = Stamp.read(build.stampFile);
    Optional<JsonNode> report = BuildReport.read(request.out());
    InputRecord record = new InputRecord(earlier, build.stampFile);
    if (earlier.isPresent() && report.isPresent() && earlier.get().holds(build.asked())) {
      build.demands(record);
      return build.unchanged(report.get());
    }
    try {
      return build.run(record);
    } finally {
      build.resources.close();
    }
  }

  /** What is up to date may have been built without the demands that are made now. */
  private void demands(InputRecord record) {
    if (request.locked() || request.requireLicences()) {
      new InputCheck(recipe, request, record, progress).run();
    }
  }

  private BuildResult run(InputRecord record) {
    InputCheck check = new InputCheck(recipe, request, record, progress);
    Lock lock = check.run();
    SigningIdentity identity = identity();
    StagedFiles staged = StagedFiles.in(request.out());
    resources.add(staged::close);
    WeightStore weights = WeightStore.open(request.cache().weights(), WeightEncoder.create());
    resources.add(weights::close);
    ComponentStage stage =
        new ComponentStage(
            recipe, lock, weights, new EvaluationStore(request.cache()), resources, progress);
    List<ComponentBuild> components = recipe.components().stream().map(stage::make).toList();
    recipe.paths().forEach(path -> check(path, components));
    AdapterStage packaging = new AdapterStage(recipe, lock, stage, identity, staged, progress);
    List<AdapterBuild> adapters =
        recipe.adapters().stream()
            .map(adapter -> packaging.make(adapter, component(components, adapter.component())))
            .toList();
    String fileName = "%s-%s.m4img".formatted(recipe.product(), recipe.version());
    SignedImage image = image(lock, components, adapters, identity, staged.path(fileName));
    ObjectNode report = BuildReport.of(recipe, image, fileName, components, adapters);
    Optional<String> measured = evaluation(staged, image, fileName, components, identity);
    List<String> files =
        reports(staged, report, fileName, components, adapters, measured, identity);
    staged.publish(BuildReport.files(request.out()));
    check.update(lock);
    stamp(record, files);
    return result(fileName, report, components, identity);
  }

  private void check(ExecutionPath path, List<ComponentBuild> components) {
    PathFit.check(
        recipe.file().toString(),
        path,
        name -> component(components, name).model(),
        (name, file) -> component(components, name).checkpoint().file(file).isPresent());
  }

  private SigningIdentity identity() {
    Optional<Path> key = request.key().or(() -> recipe.signing().map(Recipe.Signing::key));
    SigningIdentity identity =
        key.map(directory -> SigningIdentity.open(directory, request.passphrase()))
            .orElseGet(() -> DevelopmentIdentity.open(request.configuration()).identity());
    resources.add(identity::close);
    return identity;
  }

  private static ComponentBuild component(List<ComponentBuild> components, String name) {
    return components.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private SignedImage image(
      Lock lock,
      List<ComponentBuild> components,
      List<AdapterBuild> adapters,
      SigningIdentity identity,
      Path target) {
    ImageStage stage = new ImageStage(recipe, lock, request, resources, progress);
    try (UnsignedImage unsigned =
        stage.write(components, adapters, identity.development(), target)) {
      return new Signer(identity).complete(unsigned);
    }
  }

  /** Signs what was measured; gives the file's name, if anything was. */
  private static Optional<String> evaluation(
      StagedFiles staged,
      SignedImage image,
      String fileName,
      List<ComponentBuild> components,
      SigningIdentity identity) {
    List<EvaluationStatement.Result> results = new ArrayList<>();
    for (ComponentBuild component : components) {
      for (ComponentBuild.Made made : component.targets()) {
        String about = "%s on %s".formatted(component.name(), made.model().target().id());
        made.quality()
            .ifPresent(
                quality ->
                    quality
                        .metrics()
                        .forEach(
                            (name, value) ->
                                results.add(new EvaluationStatement.Result(about, name, value))));
      }
    }
    if (results.isEmpty()) {
      return Optional.empty();
    }
    byte[] statement = EvaluationStatement.bytes(fileName, image.imageId(), results);
    OutputFile.write(
        staged.path(EVALUATION),
        new Signer(identity).sign(EvaluationStatement.PAYLOAD_TYPE, statement).bytes());
    return Optional.of(EVALUATION);
  }

  /** Writes what lies beside the image; gives the names of all files. */
  private static List<String> reports(
      StagedFiles staged,
      ObjectNode report,
      String image,
      List<ComponentBuild> components,
      List<AdapterBuild> adapters,
      Optional<String> measured,
      SigningIdentity identity) {
    List<String> files = new ArrayList<>(List.of(image, BuildReport.FILE));
    measured.ifPresent(files::add);
    adapters.forEach(adapter -> files.add(adapter.fileName()));
    for (ComponentBuild component : components) {
      for (ComponentBuild.Made made : component.targets()) {
        String name =
            "quantization.%s.%s.json".formatted(component.name(), made.model().target().id());
        OutputFile.write(staged.path(name), ReportJson.bytes(made.model().report()));
        files.add(name);
      }
      files.addAll(placements(staged, component));
    }
    if (identity.development()) {
      String name = "trust-root.json";
      OutputFile.write(staged.path(name), TrustRootFile.bytes(identity.trustRoot()));
      files.add(name);
    }
    files.sort(null);
    files.forEach(report.putArray("files")::add);
    OutputFile.write(
        staged.path(BuildReport.FILE),
        (report.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    return files;
  }

  /** Where every operation of .tflite files runs, and why; gives the names of the files. */
  private static List<String> placements(StagedFiles staged, ComponentBuild component) {
    List<String> files = new ArrayList<>();
    ObjectNode all = Json.object();
    ArrayNode targets = all.putArray("targets");
    for (ComponentBuild.Lite lite : component.lite()) {
      ObjectNode report = new LiteSections(component).placement(lite);
      targets.add(report);
      String name = "placement.%s.%s.json".formatted(component.name(), lite.model().target().id());
      OutputFile.write(
          staged.path(name), (report.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
      files.add(name);
    }
    if (!files.isEmpty()) {
      String name = "placement.%s.html".formatted(component.name());
      OutputFile.write(staged.path(name), PlacementPage.of(component.name(), all));
      files.add(name);
    }
    return files;
  }

  private void stamp(InputRecord record, List<String> files) {
    SortedMap<String, FileState> outputs = new TreeMap<>();
    for (String name : files) {
      Path file = request.out().resolve(name).toAbsolutePath().normalize();
      FileState.of(file).ifPresent(state -> outputs.put(file.toString(), state));
    }
    new Stamp(asked(), record.seen(), outputs).write(stampFile);
  }

  /**
   * Everything that decides about the result apart from the content of the inputs. Demands on the
   * inputs do not change it and are checked apart.
   */
  private String asked() {
    String text =
        String.join(
            "\n",
            ToolVersion.identity(),
            String.valueOf(request.created()),
            String.valueOf(request.key()),
            request.configuration().toString());
    return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex();
  }

  private BuildResult unchanged(JsonNode report) {
    String file = report.path("image").path("file").asString("");
    boolean development = report.path("image").path("development").asBoolean(false);
    return new BuildResult(
        request.out().resolve(file),
        false,
        report,
        List.of(),
        development ? Optional.of(request.configuration().development()) : Optional.empty());
  }

  private BuildResult result(
      String fileName,
      ObjectNode report,
      List<ComponentBuild> components,
      SigningIdentity identity) {
    List<BuildResult.Time> times = new ArrayList<>();
    for (ComponentBuild component : components) {
      for (ComponentBuild.Made made : component.targets()) {
        times.add(new BuildResult.Time(component.name(), made.model().target().id(), made.time()));
      }
      for (ComponentBuild.Lite lite : component.lite()) {
        times.add(new BuildResult.Time(component.name(), lite.model().target().id(), lite.time()));
      }
    }
    return new BuildResult(
        request.out().resolve(fileName),
        true,
        report,
        times,
        identity.development() ? Optional.of(identity.directory()) : Optional.empty());
  }
}
