package org.m4fw.cli.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.m4fw.adapter.AdaptedModel;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.pipeline.FittedAdapter;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.pass.EmbeddingSplit;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.text.Tokenizer;
import org.m4fw.image.ImageFile;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.targets.Targets;

/** Makes a model ready to run, whatever it comes as. */
public final class ModelOpener {
  private final ModelRequest request;
  private final CacheDirectory cache;
  private final Progress progress;
  private final Resources resources = new Resources();

  private ModelOpener(ModelRequest request, CacheDirectory cache, Progress progress) {
    this.request = request;
    this.cache = cache;
    this.progress = progress;
  }

  /**
   * Opens a model.
   *
   * @param cache where quantized weights are kept
   * @throws org.m4fw.base.problem.ProblemException if it cannot be run as requested
   */
  public static RunnableModel open(ModelRequest request, CacheDirectory cache, Progress progress) {
    ModelOpener opener = new ModelOpener(request, cache, progress);
    try {
      return opener.open();
    } catch (RuntimeException | Error e) {
      opener.resources.close();
      throw e;
    }
  }

  private RunnableModel open() {
    Path path = request.path();
    if (Files.isRegularFile(path) && ImageFile.recognizes(path)) {
      ImageFile image = ImageFile.open(path);
      resources.add(image::close);
      ImageModel model = ImageModel.choose(image, request);
      model.verify(progress);
      return runnable(model.parts(), model.tokenizer());
    }
    return CompiledDirectory.recognizes(path) ? compiled(path) : checkpoint(path);
  }

  private RunnableModel compiled(Path directory) {
    if (request.scheme().isPresent()) {
      throw ModelError.ALREADY_QUANTIZED.at(directory, "");
    }
    CompiledDirectory compiled = CompiledDirectory.choose(directory, request.target());
    return runnable(compiled.parts(), tokenizer(compiled.tokenizer()));
  }

  private RunnableModel checkpoint(Path path) {
    Checkpoint checkpoint = Checkpoint.open(path);
    resources.add(checkpoint::close);
    WeightStore store = WeightStore.open(cache.weights(), WeightEncoder.create());
    resources.add(store::close);
    Model imported = ModelImporter.importModel(checkpoint);
    Optional<AdaptedModel> adapted =
        openAdapter().map(adapter -> AdaptedModel.of(path.toString(), adapter, imported));
    adapted.map(AdaptedModel::adapter).ifPresent(this::warn);
    TargetModel model =
        TargetModel.make(
            path.toString(),
            split(path, adapted.map(AdaptedModel::model).orElse(imported)),
            Targets.find(request.target().orElse("host")),
            TargetModel.Quantization.of(request.scheme()),
            store,
            progress);
    return new RunnableModel(
        path.toString(),
        model.parts(),
        adapted.map(AdaptedModel::adapter),
        tokenizer(checkpoint.file("tokenizer.json")),
        resources);
  }

  private Model split(Path path, Model model) {
    boolean needed = request.vectors() && !model.parts().containsKey(Model.EMBEDDING);
    return needed ? EmbeddingSplit.apply(path.toString(), model) : model;
  }

  /** Graphs that are compiled already, with an adapter that they have inputs for. */
  private RunnableModel runnable(
      SequencedMap<String, CompiledModel> parts, Optional<Supplier<Tokenizer>> tokenizer) {
    Optional<RuntimeAdapter> adapter =
        openAdapter()
            .map(opened -> FittedAdapter.of(opened, request.path().toString(), parts.values()));
    adapter.ifPresent(this::warn);
    return new RunnableModel(request.path().toString(), parts, adapter, tokenizer, resources);
  }

  private void warn(RuntimeAdapter adapter) {
    adapter.warnings().forEach(warning -> progress.warn(adapter.name() + ": " + warning));
  }

  private Optional<OpenAdapter> openAdapter() {
    return request
        .adapter()
        .map(
            path -> {
              OpenAdapter adapter = Adapters.open(path, request.alpha());
              resources.add(adapter::close);
              return adapter;
            });
  }

  private static Optional<Supplier<Tokenizer>> tokenizer(Optional<Path> file) {
    return file.map(path -> () -> Tokenizer.open(path));
  }
}
