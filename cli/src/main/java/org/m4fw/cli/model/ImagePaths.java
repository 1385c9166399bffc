package org.m4fw.cli.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.adapter.pack.EmbeddedPackage;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.PathJson;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tasks of an image: its paths, and the adapters whose {@code task} names a {@code path}. Such
 * an adapter's task may have a path's {@code prompt}, {@code labels} and so on; they take the place
 * of the path's own.
 */
final class ImagePaths {
  /** What an adapter may say of a path that crosses the backbone. */
  private static final List<String> OVERLAID =
      List.of("prompt", "slots", "stop", "max_tokens", "steps");

  private final ImageFile image;
  private final Fields content;

  private ImagePaths(ImageFile image) {
    this.image = image;
    this.content = Fields.of(image.path().toString(), image.manifest().content());
  }

  /**
   * The path of a task. Of an adapter's task the section that describes the adapter is read, after
   * it was checked.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link ModelError} or the error of a path
   *     that is wrong
   */
  static ExecutionPath find(ImageFile image, String task) {
    ImagePaths paths = new ImagePaths(image);
    return paths
        .path(task)
        .map(PathJson::read)
        .or(() -> paths.adapter(task).map(paths::pathOf))
        .orElseThrow(() -> paths.unknown(task));
  }

  private Optional<Fields> path(String name) {
    return content.objects("paths").stream()
        .filter(path -> path.string("name").equals(name))
        .findFirst();
  }

  private Optional<Fields> adapter(String id) {
    return content.objects("adapters").stream()
        .filter(adapter -> adapter.string("id").equals(id))
        .findFirst();
  }

  /** The component that an adapter in the image is for. */
  static String componentOf(ImageFile image, String adapter) {
    return new ImagePaths(image)
        .adapter(adapter)
        .map(fields -> fields.string("component"))
        .orElseThrow(() -> ModelError.NO_SUCH_ADAPTER.at(image.path(), adapter));
  }

  private ExecutionPath pathOf(Fields adapter) {
    String id = adapter.string("id");
    Section description = image.section(EmbeddedPackage.description(id)).section();
    image.verifyIntegrity(List.of(description), OrderedWork.onThreads(1), Progress.silent());
    JsonNode task =
        EmbeddedPackage.content(image, id)
            .task()
            .orElseGet(() -> CanonicalJson.node(java.util.Map.of()));
    Fields named = Fields.of("%s: adapter %s".formatted(image.path(), id), task);
    ObjectNode merged = ((ObjectNode) meant(named, adapter).node()).deepCopy();
    OVERLAID.stream().filter(named::has).forEach(field -> merged.set(field, task.get(field)));
    merged.put("name", id).put("adapter", id);
    return PathJson.read(Fields.of(named.file(), merged));
  }

  private Fields meant(Fields task, Fields adapter) {
    JsonNode path = task.node().path("path");
    List<Fields> candidates =
        content.objects("paths").stream()
            .filter(
                one ->
                    path.isString()
                        ? one.string("name").equals(path.stringValue())
                        : path.equals(one.node().get("kind")) && crosses(one, adapter))
            .toList();
    if (candidates.size() != 1) {
      throw ModelError.TASK_NAMES_NO_PATH.at(
          image.path(), adapter.string("id"), path.isMissingNode() ? "nothing" : path);
    }
    return candidates.getFirst();
  }

  private static boolean crosses(Fields path, Fields adapter) {
    return path.objects("components").stream()
        .anyMatch(step -> step.string("name").equals(adapter.string("component")));
  }

  private RuntimeException unknown(String task) {
    List<String> tasks = new ArrayList<>();
    content.objects("paths").forEach(path -> tasks.add(path.string("name")));
    return tasks.isEmpty()
        ? ModelError.NO_TASKS.at(image.path(), "")
        : ModelError.NO_SUCH_TASK.at(image.path(), "", task, String.join(", ", tasks));
  }

  /** Refuses an adapter that is for another component than the path's backbone. */
  static void requireBackbone(ImageFile image, ExecutionPath path, String adapter) {
    String component = componentOf(image, adapter);
    String backbone = path.step(Action.CONTINUE).map(ExecutionPath.Step::component).orElse("");
    if (!component.equals(backbone)) {
      throw ModelError.OTHER_COMPONENT.at(image.path(), adapter, component, backbone);
    }
  }
}
