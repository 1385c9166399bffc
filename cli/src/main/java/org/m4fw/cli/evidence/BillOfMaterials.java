package org.m4fw.cli.evidence;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.image.SectionEvidence.Described;

/**
 * A machine-learning bill of materials in CycloneDX 1.7: the image as firmware, its models and
 * adapters with licences and the digests of the files they came from, and the sections with their
 * fs-verity digests. No serial number and, without a stated time, no time: the same build has the
 * same bill.
 */
public final class BillOfMaterials {
  private static final String PRODUCT = "product";

  private final BuildFacts facts;

  public BillOfMaterials(BuildFacts facts) {
    this.facts = facts;
  }

  /** The document, canonical. */
  public byte[] bytes(List<Described> sections) {
    List<SortedMap<String, Object>> components = new ArrayList<>();
    facts.models().forEach(model -> components.add(model(model)));
    facts.recipe().adapters().forEach(adapter -> components.add(adapter(adapter)));
    List<Object> references = new ArrayList<>();
    components.forEach(component -> references.add(component.get("bom-ref")));
    sections.forEach(section -> components.add(section(section)));
    SortedMap<String, Object> document = new TreeMap<>();
    document.put("bomFormat", "CycloneDX");
    document.put("specVersion", "1.7");
    document.put("version", 1);
    document.put("metadata", metadata());
    document.put("components", components);
    document.put(
        "dependencies", List.of(new TreeMap<>(Map.of("ref", PRODUCT, "dependsOn", references))));
    return CanonicalJson.bytes(CanonicalJson.node(document));
  }

  private SortedMap<String, Object> metadata() {
    SortedMap<String, Object> metadata = new TreeMap<>();
    facts
        .created()
        .ifPresent(seconds -> metadata.put("timestamp", Instant.ofEpochSecond(seconds).toString()));
    metadata.put(
        "tools",
        Map.of(
            "components",
            List.of(
                new TreeMap<>(
                    Map.of("type", "application", "name", "m4fw", "version", facts.tool())))));
    metadata.put(
        "component",
        new TreeMap<>(
            Map.of(
                "type",
                "firmware",
                "bom-ref",
                PRODUCT,
                "name",
                facts.recipe().product(),
                "version",
                facts.recipe().version())));
    return metadata;
  }

  private SortedMap<String, Object> model(BuildFacts.ModelFact model) {
    SortedMap<String, Object> component = shipped("component:" + model.name(), model.name());
    List<Object> properties = new ArrayList<>();
    input(model.input()).ifPresent(input -> describe(component, properties, input));
    component.put(
        "modelCard", Map.of("modelParameters", Map.of("modelArchitecture", model.architecture())));
    properties.add(property("m4fw:parameters", Long.toString(model.parameters())));
    component.put("properties", properties);
    return component;
  }

  private SortedMap<String, Object> adapter(Recipe.Adapter adapter) {
    SortedMap<String, Object> component = shipped("adapter:" + adapter.id(), adapter.id());
    component.put("version", adapter.version());
    List<Object> properties = new ArrayList<>();
    input("adapter " + adapter.id()).ifPresent(input -> describe(component, properties, input));
    component.put("properties", properties);
    return component;
  }

  private Optional<Lock.Input> input(String name) {
    return Optional.ofNullable(facts.lock().inputs().get(name));
  }

  private static SortedMap<String, Object> shipped(String reference, String name) {
    SortedMap<String, Object> component = new TreeMap<>();
    component.put("type", "machine-learning-model");
    component.put("bom-ref", reference);
    component.put("name", name);
    return component;
  }

  private static void describe(
      SortedMap<String, Object> component, List<Object> properties, Lock.Input input) {
    Recipe.Origin origin = input.origin();
    if (!origin.licence().isEmpty()) {
      component.put("licenses", List.of(LicenceName.node(origin.licence())));
    }
    if (!origin.source().isEmpty()) {
      properties.add(property("m4fw:source", origin.source()));
    }
    if (!origin.revision().isEmpty()) {
      properties.add(property("m4fw:revision", origin.revision()));
    }
    List<Object> files = new ArrayList<>();
    input
        .files()
        .forEach(
            (name, file) ->
                files.add(
                    new TreeMap<>(
                        Map.of(
                            "type",
                            "file",
                            "name",
                            name,
                            "hashes",
                            List.of(
                                new TreeMap<>(
                                    Map.of("alg", "SHA-256", "content", file.digest().hex())))))));
    component.put("components", files);
  }

  /** An fs-verity digest is none of CycloneDX's hashes, hence a property. */
  private static SortedMap<String, Object> section(Described section) {
    SortedMap<String, Object> component = new TreeMap<>();
    component.put("type", "file");
    component.put("bom-ref", "section:" + section.spec().id());
    component.put("name", section.spec().name());
    component.put("mime-type", section.spec().media());
    component.put(
        "properties",
        List.of(
            property("m4fw:fsverity-sha256", section.fsv().hex()),
            property("m4fw:length", Long.toString(section.length())),
            property("m4fw:role", section.spec().role())));
    return component;
  }

  private static SortedMap<String, Object> property(String name, String value) {
    return new TreeMap<>(Map.of("name", name, "value", value));
  }
}
