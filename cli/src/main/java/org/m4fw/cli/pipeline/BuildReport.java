package org.m4fw.cli.pipeline;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.console.Json;
import org.m4fw.image.SignedImage;
import org.m4fw.quantizer.activation.ActivationJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a build made, as {@code report.json} beside the image says it:
 *
 * <pre>
 * {"schema": "m4fw/report/1", "product", "version", "build",
 *  "image": {"file", "id", "size", "development"},
 *  "components": [{"name", "architecture", "parameters", "scheme",
 *                  "unquantized": {"nll", "perplexity"}?,
 *                  "weights": {"size", "shared",
 *                              "not_shared": [{"name", "bytes", "encodings": {target: encoding}}],
 *                              "ranges": [{"offset", "bytes", "weight", "what", "read_by": [target],
 *                                          "why": {target: reason}}]},
 *                  "elsewhere": [{"target", "part"?, "runs_on", "why"}]?,
 *                  "targets": [{"target", "bytes_before", "bytes_after", "bits_per_weight",
 *                               "sqnr_db"?, "quality": {"nll", "perplexity", "kl"?, "top1"?}?,
 *                               "files": [{"part", "own_bytes", "activations"?}]?}]}],
 *  "adapters": [{"id", "version", "component", "file", "size",
 *                "gains": [{"target", "nll_without"?, "nll_with"?}]}],
 *  "files": [...]}
 * </pre>
 *
 * {@code shared} counts the bytes that more than one target reads, {@code not_shared} the weights
 * that are stored more than once, {@code ranges} all bytes of the section of weights that not every
 * target reads, and why the others do not. {@code own_bytes} of a .tflite file are its own alone.
 * Holds no times: the same build gives the same report.
 */
final class BuildReport {
  static final String FILE = "report.json";
  private static final String SCHEMA = "m4fw/report/1";

  private BuildReport() {}

  static ObjectNode of(
      org.m4fw.cli.recipe.Recipe recipe,
      SignedImage image,
      String fileName,
      List<ComponentBuild> components,
      List<AdapterBuild> adapters) {
    ObjectNode report = Json.object().put("schema", SCHEMA);
    report.put("product", recipe.product()).put("version", recipe.version());
    report.put("build", recipe.build());
    report
        .putObject("image")
        .put("file", fileName)
        .put("id", image.imageId().toString())
        .put("size", image.manifest().layout().fileSize())
        .put("development", image.manifest().development());
    var tasks = report.putArray("tasks");
    recipe.paths().forEach(path -> tasks.add(path.name()));
    var list = report.putArray("components");
    components.forEach(component -> list.add(component(component)));
    var packages = report.putArray("adapters");
    adapters.forEach(adapter -> packages.add(adapter(adapter)));
    return report;
  }

  private static ObjectNode component(ComponentBuild component) {
    ObjectNode node = Json.object().put("name", component.name());
    node.put("architecture", component.model().architecture());
    node.put("parameters", component.model().parameters());
    node.put("scheme", component.recipe().scheme());
    component.unquantized().ifPresent(quality -> put(node.putObject("unquantized"), quality));
    Sharing sharing = Sharing.of(component);
    ObjectNode weights =
        node.putObject("weights")
            .put("size", component.packed().size())
            .put("shared", sharing.bytes());
    var apart = weights.putArray("not_shared");
    for (Sharing.NotShared weight : sharing.notShared()) {
      ObjectNode entry = apart.addObject().put("name", weight.name());
      entry.put("bytes", weight.bytes());
      weight.encodings().forEach(entry.putObject("encodings")::put);
    }
    ranges(weights.putArray("ranges"), sharing);
    elsewhere(node, component);
    var targets = node.putArray("targets");
    for (ComponentBuild.Made made : component.targets()) {
      ObjectNode target = targets.addObject().put("target", made.model().target().id());
      target.put("bytes_before", made.model().report().bytesBefore());
      target.put("bytes_after", made.model().report().bytesAfter());
      made.model()
          .report()
          .method()
          .ifPresent(method -> target.put("method", method.id()).put("method_why", method.why()));
      Json.put(target, "bits_per_weight", made.model().report().bitsPerWeight());
      made.model()
          .report()
          .quality()
          .filter(quality -> quality.noise() > 0)
          .ifPresent(quality -> Json.put(target, "sqnr_db", quality.sqnr()));
      made.quality().ifPresent(quality -> put(target.putObject("quality"), quality));
    }
    component.lite().forEach(lite -> lite(targets.addObject(), lite));
    return node;
  }

  private static void lite(ObjectNode target, ComponentBuild.Lite lite) {
    target.put("target", lite.model().target().id());
    target.put("bytes_before", lite.model().bytesBefore());
    target.put("bytes_after", lite.model().bytesAfter());
    var files = target.putArray("files");
    for (LiteTargetModel.Part part : lite.model().parts()) {
      ObjectNode file = files.addObject().put("part", part.name());
      file.put("own_bytes", requireNonNull(lite.heads().get(part.name())).byteSize());
      part.activations().ifPresent(report -> file.set("activations", ActivationJson.node(report)));
    }
  }

  private static void elsewhere(ObjectNode node, ComponentBuild component) {
    if (component.elsewhere().isEmpty()) {
      return;
    }
    var list = node.putArray("elsewhere");
    for (Elsewhere left : component.elsewhere()) {
      ObjectNode entry = list.addObject().put("target", left.target());
      left.part().ifPresent(part -> entry.put("part", part));
      entry.put("runs_on", left.host()).put("why", left.why());
    }
  }

  /** What not all targets read of the weights. */
  private static void ranges(ArrayNode list, Sharing sharing) {
    for (Sharing.Range range : sharing.ranges()) {
      ObjectNode entry = list.addObject().put("offset", range.offset()).put("bytes", range.bytes());
      entry.put("weight", range.weight()).put("what", range.what());
      range.readers().forEach(entry.putArray("read_by")::add);
      range.why().forEach(entry.putObject("why")::put);
    }
  }

  private static void put(ObjectNode node, Quality quality) {
    Json.put(node, "nll", quality.nll());
    Json.put(node, "perplexity", quality.perplexity());
    quality.kl().ifPresent(kl -> Json.put(node, "kl", kl));
    quality.top1().ifPresent(top1 -> Json.put(node, "top1", top1));
  }

  private static ObjectNode adapter(AdapterBuild adapter) {
    ObjectNode node = Json.object().put("id", adapter.recipe().id());
    node.put("version", adapter.recipe().version());
    node.put("component", adapter.recipe().component());
    node.put("file", adapter.fileName()).put("size", adapter.bytes());
    var gains = node.putArray("gains");
    for (AdapterBuild.Gain gain : adapter.gains()) {
      ObjectNode entry = gains.addObject().put("target", gain.target());
      gain.without().ifPresent(quality -> Json.put(entry, "nll_without", quality.nll()));
      gain.with().ifPresent(quality -> Json.put(entry, "nll_with", quality.nll()));
    }
    return node;
  }

  /** The report of an earlier build in that directory, if there is one that can be read. */
  static Optional<JsonNode> read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      Fields fields = StrictJson.readObject(file);
      return fields.optionalString("schema").filter(SCHEMA::equals).map(s -> fields.node());
    } catch (ProblemException e) {
      // Not ours, then.
      return Optional.empty();
    }
  }

  /** The files that an earlier build left in that directory. */
  static List<String> files(Path directory) {
    return read(directory)
        .map(report -> Fields.of(FILE, report).strings("files"))
        .orElse(List.of());
  }
}
