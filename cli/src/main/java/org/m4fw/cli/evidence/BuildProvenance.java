package org.m4fw.cli.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.image.SectionEvidence.Described;

/**
 * How an image was built, as an in-toto Statement v1 with SLSA's provenance predicate: the sections
 * are the subjects, with the digests that the manifest gives them; the recipe is the external
 * parameter; the files of the lock are the resolved dependencies. It becomes a section and is so
 * covered by the image's own signatures.
 *
 * <p>Data that only measures is left out: it does not decide about the image.
 */
public final class BuildProvenance {
  /** A section's digest, in in-toto's open set of digest names. */
  public static final String DIGEST_NAME = "fsverity_sha256";

  private static final String BUILD_TYPE = "urn:m4fw:build:1";
  private static final String MEASURED_WITH = "tokens of ";

  private final BuildFacts facts;

  public BuildProvenance(BuildFacts facts) {
    this.facts = facts;
  }

  /** The statement, canonical. */
  public byte[] bytes(List<Described> sections) {
    List<Object> subjects = new ArrayList<>();
    for (Described section : sections) {
      SortedMap<String, Object> subject = new TreeMap<>();
      subject.put("name", "sec/%s/%s".formatted(section.spec().id(), section.spec().name()));
      subject.put("digest", Map.of(DIGEST_NAME, section.fsv().hex()));
      subjects.add(subject);
    }
    SortedMap<String, Object> statement = new TreeMap<>();
    statement.put("_type", "https://in-toto.io/Statement/v1");
    statement.put("subject", subjects);
    statement.put("predicateType", "https://slsa.dev/provenance/v1");
    statement.put(
        "predicate", new TreeMap<>(Map.of("buildDefinition", definition(), "runDetails", run())));
    return CanonicalJson.bytes(CanonicalJson.node(statement));
  }

  private SortedMap<String, Object> definition() {
    Recipe recipe = facts.recipe();
    SortedMap<String, Object> parameters = new TreeMap<>();
    parameters.put("product", recipe.product());
    parameters.put("version", recipe.version());
    parameters.put("build", recipe.build());
    parameters.put("targets", targets(recipe));
    List<Object> components = new ArrayList<>();
    for (Recipe.Component component : recipe.components()) {
      components.add(new TreeMap<>(Map.of("name", component.name(), "scheme", component.scheme())));
    }
    parameters.put("components", components);
    facts.created().ifPresent(seconds -> parameters.put("source_date_epoch", seconds));
    SortedMap<String, Object> definition = new TreeMap<>();
    definition.put("buildType", BUILD_TYPE);
    definition.put("externalParameters", parameters);
    definition.put("resolvedDependencies", dependencies());
    return definition;
  }

  /** A target of one's own is a file, whose name alone is said: its place is nobody's business. */
  private static List<String> targets(Recipe recipe) {
    return recipe.targets().stream().map(name -> name.replaceFirst(".*[/\\\\]", "")).toList();
  }

  private List<Object> dependencies() {
    List<Object> dependencies = new ArrayList<>();
    facts
        .lock()
        .inputs()
        .forEach(
            (name, input) -> {
              if (name.startsWith(MEASURED_WITH)) {
                return;
              }
              input
                  .files()
                  .forEach(
                      (file, state) -> {
                        SortedMap<String, Object> dependency = new TreeMap<>();
                        dependency.put("name", "%s: %s".formatted(name, file));
                        dependency.put("digest", Map.of("sha256", state.digest().hex()));
                        dependencies.add(dependency);
                      });
            });
    return dependencies;
  }

  private SortedMap<String, Object> run() {
    return new TreeMap<>(
        Map.of(
            "builder",
            new TreeMap<>(Map.of("id", "urn:m4fw:tool", "version", Map.of("m4fw", facts.tool())))));
  }
}
