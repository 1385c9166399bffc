package org.m4fw.cli.estimate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.synth.Catalogue;
import org.m4fw.cli.synth.Layout;
import org.m4fw.cli.synth.Preset;
import org.m4fw.cli.synth.Synthesis;
import org.m4fw.graph.importer.ImportOptions;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;

/**
 * The published components of M4, from files with their headers and without their weights, which
 * are gone when this is closed.
 */
final class PublishedModels implements AutoCloseable {
  private final TemporaryDirectory directory;
  private final Resources resources = new Resources();
  private final SequencedMap<String, Model> modules = new LinkedHashMap<>();

  private PublishedModels(TemporaryDirectory directory) {
    this.directory = directory;
  }

  /** Those of the rows of Table 1, by the names there. */
  static PublishedModels open(PaperFigures paper, Progress progress) {
    PublishedModels models = new PublishedModels(TemporaryDirectory.create());
    try {
      models.write(paper, progress);
      return models;
    } catch (RuntimeException e) {
      models.close();
      throw e;
    }
  }

  private void write(PaperFigures paper, Progress progress) {
    Synthesis synthesis = new Synthesis(Preset.FULL, 0, true, Progress.silent());
    List<String> checkpoints =
        paper.modules().stream().map(PaperFigures.Module::checkpoint).distinct().toList();
    try (Progress.Stage stage = progress.stage("count", paper.modules().size())) {
      for (Layout layout : Catalogue.find(checkpoints)) {
        synthesis.write(layout, directory.path());
      }
      for (PaperFigures.Module module : paper.modules()) {
        Checkpoint checkpoint = Checkpoint.open(directory.path().resolve(module.checkpoint()));
        resources.add(checkpoint::close);
        modules.put(
            module.name(),
            ModelImporter.importModel(
                checkpoint,
                new ImportOptions(
                    module.name(), "", new TreeSet<>(module.parts()), new TreeMap<>())));
        stage.advance(1);
      }
    }
  }

  Model module(String name) {
    return Objects.requireNonNull(modules.get(name), name);
  }

  SequencedMap<String, Model> modules() {
    return modules;
  }

  @Override
  public void close() {
    resources.close();
    directory.close();
  }
}
