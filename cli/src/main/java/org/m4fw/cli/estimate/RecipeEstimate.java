package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.cost.Roofline;
import org.m4fw.graph.importer.ImportOptions;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.targets.Figure;
import org.m4fw.targets.FigureName;
import org.m4fw.targets.Target;
import tools.jackson.databind.node.ObjectNode;

/** The estimate of the paths of a recipe on its targets. */
public final class RecipeEstimate {
  private final Recipe recipe;
  private final Lengths lengths;
  private final SequencedMap<String, Model> models = new LinkedHashMap<>();

  private RecipeEstimate(Recipe recipe, Lengths lengths, Resources resources) {
    this.recipe = recipe;
    this.lengths = lengths;
    for (Recipe.Component component : recipe.components()) {
      Checkpoint checkpoint = Checkpoint.open(component.model());
      resources.add(checkpoint::close);
      models.put(
          component.name(),
          ModelImporter.importModel(
              checkpoint,
              new ImportOptions(
                  recipe.file().toString(),
                  component.name(),
                  new TreeSet<>(component.parts()),
                  component.options())));
    }
  }

  /**
   * The estimate.
   *
   * @param targets those of interest
   * @throws org.m4fw.base.problem.ProblemException if a checkpoint cannot be read or imported
   */
  public static Report of(Recipe recipe, List<Target> targets, Lengths lengths) {
    try (Resources resources = new Resources()) {
      return new RecipeEstimate(recipe, lengths, resources).report(targets);
    }
  }

  private Report report(List<Target> targets) {
    return new Report(
        "Estimate of %s %s".formatted(recipe.product(), recipe.version()),
        "m4fw/estimate/1",
        List.of(
            "For a prompt of %d tokens and an answer of %d. Least: nothing is faster on that target; expected: by rates measured there."
                .formatted(lengths.prompt(), lengths.answer())),
        targets.stream().map(this::section).toList());
  }

  private Report.Section section(Target target) {
    SequencedMap<String, TargetComponent> components = new LinkedHashMap<>();
    for (Recipe.Component component : recipe.components()) {
      Model model = models.get(component.name());
      components.put(
          component.name(),
          TargetComponent.of(
              Objects.requireNonNull(model),
              target,
              Optional.of(Scheme.parse(component.name(), component.scheme())),
              Overrides.of(
                  recipe.file().toString(),
                  component.name() + ".overrides",
                  component.overrides())));
    }
    List<List<String>> rows = new ArrayList<>();
    ObjectNode json = Json.object().put("target", target.id());
    long storage = components.values().stream().mapToLong(TargetComponent::storage).sum();
    json.put("storage_bytes", storage);
    for (Route path : paths(components)) {
      row(path, components, target, rows, json.withArray("paths").addObject());
    }
    return new Report.Section(
        target.id(),
        "%s: %s".formatted(target.id(), target.description()),
        notes(target, storage),
        List.of(
            "path",
            ">first, least",
            ">expected",
            "waits for",
            ">all, least",
            ">expected",
            ">energy",
            ">memory"),
        rows,
        json,
        List.of());
  }

  /** Without paths the decoder is all that can be asked. */
  private List<Route> paths(SequencedMap<String, TargetComponent> components) {
    if (!recipe.paths().isEmpty()) {
      return recipe.paths().stream().map(Route::of).toList();
    }
    return components.entrySet().stream()
        .filter(entry -> entry.getValue().model().parts().containsKey(Model.DECODER))
        .filter(entry -> entry.getValue().decoder().isPresent())
        .map(entry -> Route.continuing(entry.getKey()))
        .toList();
  }

  private void row(
      Route path,
      SequencedMap<String, TargetComponent> components,
      Target target,
      List<List<String>> rows,
      ObjectNode json) {
    PathEstimate estimate = PathEstimate.of(path, components, lengths);
    Roofline roofline = new Roofline(target);
    Roofline.Time first = estimate.first();
    Roofline.Time all = estimate.all();
    long memory = memory(path, components);
    rows.add(
        List.of(
            path.name(),
            Seconds.text(first.least()),
            Seconds.text(first.expected()),
            Seconds.limit(first),
            Seconds.text(all.least()),
            Seconds.text(all.expected()),
            Seconds.joules(roofline.energy(all.expected())),
            Seconds.gigabytes((double) memory)));
    json.put("name", path.name()).put("memory_bytes", memory);
    Seconds.put(json.putObject("first"), first);
    Seconds.put(json.putObject("all"), all);
    Seconds.put(json, "energy_j", roofline.energy(all.expected()));
    for (PathEstimate.Stage stage : estimate.stages()) {
      ObjectNode node = json.withArray("stages").addObject();
      node.put("component", stage.component()).put("what", stage.what()).put("runs", stage.runs());
      stage.work().macs().ifPresent(macs -> node.put("macs", macs));
      Seconds.put(node.put("bytes", stage.work().bytes()), stage.time());
    }
  }

  private long memory(Route path, SequencedMap<String, TargetComponent> components) {
    long tokens = (long) lengths.prompt() + lengths.answer();
    return path.components().stream()
        .map(components::get)
        .filter(Objects::nonNull)
        .mapToLong(component -> component.storage() + component.cache(tokens))
        .sum();
  }

  private static List<String> notes(Target target, long storage) {
    List<String> notes = new ArrayList<>();
    String room =
        target
            .figure(FigureName.MEMORY)
            .map(Figure::value)
            .map(
                bytes ->
                    " of the %s that the device has".formatted(Seconds.gigabytes((double) bytes)))
            .orElse("");
    notes.add("all weights: %s%s".formatted(Seconds.gigabytes((double) storage), room));
    if (target.figures().isEmpty()) {
      notes.add(
          "the target file has no figures, so there is no time; see 'm4fw targets %s'"
              .formatted(target.id()));
    }
    return notes;
  }
}
