package org.m4fw.cli.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.recipe.Licence;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.LockFile;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeError;
import org.m4fw.cli.recipe.Source;

/** Finds out what a recipe's inputs are, and holds that against its lock file and the demands. */
final class InputCheck {
  /** What a lock calls the models; provenance names these and the adapters. */
  static final String COMPONENT = "component ";

  static final String CALIBRATION = "calibration of ";

  static final String ADAPTER = "adapter ";

  private final Recipe recipe;
  private final BuildRequest request;
  private final InputRecord record;
  private final Progress progress;
  private final SortedMap<String, Lock.Input> inputs = new TreeMap<>();

  InputCheck(Recipe recipe, BuildRequest request, InputRecord record, Progress progress) {
    this.recipe = recipe;
    this.request = request;
    this.record = record;
    this.progress = progress;
  }

  /** The inputs as they are now, checked against the lock file. */
  Lock run() {
    record.digest(recipe.file());
    recipe.components().forEach(this::component);
    recipe.adapters().forEach(this::adapter);
    recipe.revocations().ifPresent(file -> add("revocations", Recipe.Origin.unknown(), file));
    for (String target : recipe.targets()) {
      if (Files.isRegularFile(Path.of(target))) {
        add("target " + Path.of(target).getFileName(), Recipe.Origin.unknown(), Path.of(target));
      }
    }
    Lock lock = new Lock(inputs);
    compare(lock);
    return lock;
  }

  /** Where the lock file is. */
  Path lockFile() {
    return LockFile.beside(recipe.file());
  }

  private void component(Recipe.Component component) {
    SortedMap<String, Lock.LockedFile> files = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(component.model())) {
      record.directory(checkpoint.directory());
      for (Path file : checkpoint.files()) {
        files.put(checkpoint.directory().relativize(file).toString(), locked(file));
      }
      add(
          COMPONENT + component.name(),
          origin(component.origin(), component.model(), files),
          files);
    }
    component
        .offers()
        .released()
        .ifPresent(file -> add("interface of " + component.name(), Recipe.Origin.unknown(), file));
    component
        .rounding()
        .calibration()
        .ifPresent(file -> add(CALIBRATION + component.name(), Recipe.Origin.unknown(), file));
    component
        .evaluation()
        .ifPresent(file -> add("tokens of " + component.name(), Recipe.Origin.unknown(), file));
  }

  private void adapter(Recipe.Adapter adapter) {
    SortedMap<String, Lock.LockedFile> files = new TreeMap<>();
    for (Path file : filesOf(adapter.directory())) {
      files.put(String.valueOf(file.getFileName()), locked(file));
    }
    if (files.isEmpty()) {
      throw PipelineError.EMPTY_INPUT.at(adapter.directory(), "");
    }
    record.directory(adapter.directory());
    add(ADAPTER + adapter.id(), origin(adapter.origin(), adapter.directory(), files), files);
    adapter
        .evaluation()
        .ifPresent(file -> add("tokens of " + adapter.id(), Recipe.Origin.unknown(), file));
  }

  private static List<Path> filesOf(Path path) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  private void add(String name, Recipe.Origin origin, Path file) {
    SortedMap<String, Lock.LockedFile> files = new TreeMap<>();
    files.put(String.valueOf(file.getFileName()), locked(file));
    add(name, origin, files);
  }

  private void add(String name, Recipe.Origin origin, SortedMap<String, Lock.LockedFile> files) {
    inputs.put(name, new Lock.Input(origin, files));
  }

  private Lock.LockedFile locked(Path file) {
    long size = FileState.of(file).map(FileState::size).orElse(0L);
    return new Lock.LockedFile(size, record.digest(file));
  }

  /**
   * Source, revision and licence as the recipe states them, or else as {@code pull} wrote them
   * down, or else, for the licence, as the model's own card does.
   */
  private Recipe.Origin origin(
      Recipe.Origin stated, Path path, SortedMap<String, Lock.LockedFile> files) {
    Optional<Source> source = Files.isDirectory(path) ? Source.read(path) : Optional.empty();
    String revision =
        stated.revision().isEmpty()
            ? source.flatMap(pulled -> pulled.revision(files)).orElse("")
            : stated.revision();
    String from =
        stated.source().isEmpty() ? source.map(Source::repository).orElse("") : stated.source();
    if (!stated.licence().isEmpty()) {
      return new Recipe.Origin(from, revision, stated.licence());
    }
    Optional<String> found =
        source
            .map(pulled -> pulled.input().origin().licence())
            .filter(licence -> !licence.isEmpty())
            .or(() -> Files.isDirectory(path) ? Licence.stated(path) : Optional.empty());
    if (found.isEmpty()) {
      if (request.requireLicences()) {
        throw RecipeError.NO_LICENCE.at(path, "licence");
      }
      progress.warn(RecipeError.NO_LICENCE.problem(path.toString(), "licence").text());
    }
    return new Recipe.Origin(from, revision, found.orElse(""));
  }

  private void compare(Lock lock) {
    Optional<Lock> older = LockFile.read(lockFile());
    if (request.locked() && older.isEmpty()) {
      throw RecipeError.LOCK_MISSING.at(lockFile(), "");
    }
    List<String> changes = older.map(lock::changesFrom).orElse(List.of());
    if (request.locked() && !changes.isEmpty()) {
      throw RecipeError.LOCK_DIFFERS.at(lockFile(), "", String.join("; ", changes));
    }
    changes.forEach(change -> progress.warn("changed since the last build: " + change));
  }

  /** Writes the lock file if it does not say this already. */
  void update(Lock lock) {
    if (!LockFile.read(lockFile()).equals(Optional.of(lock))) {
      LockFile.write(lockFile(), lock);
    }
    record.digest(lockFile());
  }
}
