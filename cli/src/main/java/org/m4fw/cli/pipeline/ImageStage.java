package org.m4fw.cli.pipeline;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.answer.KnownAnswersJson;
import org.m4fw.cli.evidence.BillOfMaterials;
import org.m4fw.cli.evidence.BuildFacts;
import org.m4fw.cli.evidence.BuildProvenance;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.LockFile;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GenaiConfig;
import org.m4fw.host.path.PathJson;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionEvidence;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;
import org.m4fw.signing.trust.TrustRoot;
import tools.jackson.databind.JsonNode;

/**
 * Puts everything into the image. What goes in follows from the recipe and the content of its
 * inputs alone: neither measurements, times, paths nor who signs.
 */
final class ImageStage {
  private static final String CONTENT_SCHEMA = "m4fw/image-content/1";

  private final Recipe recipe;
  private final Lock lock;
  private final BuildRequest request;
  private final Resources resources;
  private final Progress progress;
  private final Map<Path, MappedFile> mapped = new LinkedHashMap<>();

  ImageStage(
      Recipe recipe, Lock lock, BuildRequest request, Resources resources, Progress progress) {
    this.recipe = recipe;
    this.lock = lock;
    this.request = request;
    this.resources = resources;
    this.progress = progress;
  }

  /** Writes the image up to its signature. */
  UnsignedImage write(
      List<ComponentBuild> components,
      List<AdapterBuild> adapters,
      boolean development,
      Path target) {
    List<SectionSource> sections = new ArrayList<>();
    sections.add(
        SectionSource.of(SectionRole.PROVENANCE.ofImage(), CanonicalJson.bytes(provenance())));
    components.forEach(component -> add(component, sections));
    adapters.forEach(adapter -> add(adapter, sections));
    recipe.revocations().ifPresent(file -> sections.add(revocations(file)));
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            recipe.product(),
            recipe.version(),
            recipe.build(),
            new Rollback(recipe.rollback().domain(), recipe.rollback().index()),
            TrustRoot.HYBRID,
            development,
            request.created(),
            content(components, adapters),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.IMAGE_SLOT);
    return new ImageWriter(OrderedWork.onAllCores(), progress)
        .write(draft, sections, evidence(components), target);
  }

  /** Only a list of revocations, that devices do not get something else to read. */
  private static SectionSource revocations(Path file) {
    SignedStatement list = SignedStatement.read(file).require(StatementKind.REVOCATIONS);
    return SectionSource.of(SectionRole.REVOCATIONS.ofImage(), list.bytes());
  }

  private void add(ComponentBuild component, List<SectionSource> sections) {
    String name = component.name();
    component
        .checkpoint()
        .file("config.json")
        .ifPresent(file -> sections.add(whole(SectionRole.CONFIG.of(name), file)));
    component
        .tokenizer()
        .ifPresent(file -> sections.add(whole(SectionRole.TOKENIZER.of(name), file)));
    for (String file : frontEndFiles(name)) {
      component
          .checkpoint()
          .file(file)
          .ifPresent(path -> sections.add(whole(SectionRole.file(name, file), path)));
    }
    component
        .offers()
        .ifPresent(
            offers ->
                sections.add(
                    SectionSource.of(SectionRole.INTERFACE.of(name), InterfaceJson.bytes(offers))));
    String location = SectionRole.WEIGHTS.fileName(name);
    for (ComponentBuild.Made made : component.targets()) {
      made.model()
          .parts()
          .forEach((part, graph) -> graph(component, made, part, graph, location, sections));
      made.answers()
          .ifPresent(
              answers ->
                  sections.add(
                      SectionSource.of(
                          SectionRole.knownAnswers(name, made.model().target().id()),
                          KnownAnswersJson.bytes(answers))));
    }
    sections.addAll(new LiteSections(component).sections());
    sections.add(new SectionSource(SectionRole.WEIGHTS.of(name), packedBytes(component, location)));
  }

  /** What turns inputs into numbers and numbers into answers, on the paths of a component. */
  private SortedSet<String> frontEndFiles(String component) {
    SortedSet<String> files = new TreeSet<>();
    recipe.paths().stream()
        .flatMap(path -> path.steps().stream())
        .filter(step -> step.component().equals(component))
        .forEach(step -> files.addAll(step.action().files()));
    files.removeIf(SectionRole::hasOwnRole);
    return files;
  }

  private static void graph(
      ComponentBuild component,
      ComponentBuild.Made made,
      String part,
      CompiledModel graph,
      String location,
      List<SectionSource> sections) {
    String target = made.model().target().id();
    SectionSpec spec = SectionRole.graph(component.name(), part, target);
    sections.add(
        SectionSource.of(
            spec, graph.bytes(extent -> component.packed().placement(extent, location))));
    if (part.equals(Model.DECODER) && graph.hasFusedAttention()) {
      sections.add(
          SectionSource.of(
              SectionRole.genai(component.name(), target),
              GenaiConfig.bytes(graph.facts(), spec.name())));
    }
  }

  /** The weights as they are to lie, zeros between them. */
  private List<MemorySegment> packedBytes(ComponentBuild component, String location) {
    List<MemorySegment> parts = new ArrayList<>();
    long end = 0;
    for (Extent extent : component.packed().extents()) {
      long offset = component.packed().placement(extent, location).offset();
      if (offset > end) {
        parts.add(MemorySegment.ofArray(new byte[(int) (offset - end)]));
      }
      parts.add(map(extent.file()).segment().asSlice(extent.offset(), extent.length()));
      end = offset + extent.length();
    }
    return parts;
  }

  private void add(AdapterBuild adapter, List<SectionSource> sections) {
    String id = adapter.recipe().id();
    // The package's signatures stay outside, or the image's id would depend on who signs.
    ImageFile packaged = ImageFile.open(adapter.packaged(), Kind.ADAPTER);
    resources.add(packaged::close);
    SortedMap<String, Object> description = new TreeMap<>();
    description.put("content", packaged.manifest().content());
    description.put("id", id);
    description.put("version", adapter.recipe().version());
    sections.add(
        SectionSource.of(
            SectionRole.adapter(id, adapter.recipe().component()),
            CanonicalJson.bytes(CanonicalJson.node(description))));
    for (MappedSection section : packaged.sections()) {
      SectionSpec inner = section.section().spec();
      sections.add(
          SectionSource.of(
              new SectionSpec(
                  "adapter.%s.%s".formatted(id, inner.id()),
                  inner.role(),
                  adapter.recipe().component(),
                  List.of(),
                  inner.media(),
                  id + "." + inner.name()),
              section.bytes()));
    }
  }

  private SectionSource whole(SectionSpec spec, Path file) {
    return SectionSource.of(spec, map(file).segment());
  }

  private MappedFile map(Path file) {
    return mapped.computeIfAbsent(
        file,
        path -> {
          MappedFile open = MappedFile.open(path);
          resources.add(open::close);
          return open;
        });
  }

  private JsonNode provenance() {
    SortedMap<String, Lock.Input> shipped = new TreeMap<>(lock.inputs());
    shipped
        .keySet()
        .removeIf(
            name -> !name.startsWith(InputCheck.COMPONENT) && !name.startsWith(InputCheck.ADAPTER));
    SortedMap<String, Object> document = new TreeMap<>();
    document.put("inputs", LockFile.node(new Lock(shipped)).get("inputs"));
    document.put("schema", "m4fw/provenance/1");
    document.put("tool", "m4fw " + ToolVersion.text());
    return CanonicalJson.node(document);
  }

  private SectionEvidence evidence(List<ComponentBuild> components) {
    BuildFacts facts =
        new BuildFacts(
            recipe,
            lock,
            components.stream()
                .map(
                    component ->
                        new BuildFacts.ModelFact(
                            component.name(),
                            InputCheck.COMPONENT + component.name(),
                            component.model().architecture(),
                            component.model().parameters()))
                .toList(),
            ToolVersion.text(),
            request.created());
    return sections ->
        List.of(
            SectionSource.of(
                SectionRole.SBOM.ofImage(), new BillOfMaterials(facts).bytes(sections)),
            SectionSource.of(
                SectionRole.SLSA.ofImage(), new BuildProvenance(facts).bytes(sections)));
  }

  private JsonNode content(List<ComponentBuild> components, List<AdapterBuild> adapters) {
    SortedMap<String, Object> content = new TreeMap<>();
    content.put("schema", CONTENT_SCHEMA);
    content.put("components", components.stream().map(this::describe).toList());
    content.put("adapters", adapters.stream().map(ImageStage::describe).toList());
    content.put("paths", recipe.paths().stream().map(PathJson::node).toList());
    return CanonicalJson.node(content);
  }

  private SortedMap<String, Object> describe(ComponentBuild component) {
    SortedMap<String, Object> fields = new TreeMap<>();
    Optional.ofNullable(lock.inputs().get(InputCheck.COMPONENT + component.name()))
        .map(Lock.Input::origin)
        .ifPresent(
            origin -> {
              fields.put("licence", origin.licence());
              fields.put("revision", origin.revision());
              fields.put("source", origin.source());
            });
    fields.put("name", component.name());
    fields.put("architecture", component.model().architecture());
    fields.put("scheme", component.recipe().scheme());
    fields.put("parts", component.parts());
    fields.put("targets", component.targetIds());
    if (!component.lite().isEmpty() || !component.elsewhere().isEmpty()) {
      LiteSections lite = new LiteSections(component);
      fields.put("elsewhere", lite.elsewhere());
      fields.put("files", lite.files());
    }
    component
        .offers()
        .ifPresent(
            offers ->
                fields.put(
                    "interface",
                    Map.of("id", offers.id(), "version", offers.version().toString())));
    return fields;
  }

  private static SortedMap<String, Object> describe(AdapterBuild adapter) {
    return new TreeMap<>(
        Map.of(
            "id", adapter.recipe().id(),
            "version", adapter.recipe().version(),
            "component", adapter.recipe().component()));
  }
}
