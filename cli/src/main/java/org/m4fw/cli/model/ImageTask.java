package org.m4fw.cli.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.pack.EmbeddedPackage;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.pipeline.FittedAdapter;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.Answer;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.LoadedPath;
import org.m4fw.host.path.PathComponents;
import org.m4fw.host.path.PathRun;
import org.m4fw.host.path.Question;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;

/**
 * A task of an image, ready to be asked. Of the image the frame is read, and the sections of the
 * path's components; {@link #ask} checks these in full before anything in them is used, not who
 * signed them. No other section is mapped or read.
 */
public final class ImageTask implements PathComponents, AutoCloseable {
  private final ImageFile image;
  private final ExecutionPath path;
  private final SequencedMap<String, ImageComponent> components;
  private final SequencedMap<String, List<Section>> used;
  private final Map<String, SequencedMap<String, CompiledModel>> parts = new LinkedHashMap<>();
  private final Resources resources;

  /** The id of the adapter in the image that is to be opened. */
  private Optional<String> embedded = Optional.empty();

  private Optional<OpenAdapter> openAdapter = Optional.empty();

  /** Whether what is used was checked, which is done once. */
  private boolean verified;

  /**
   * What was opened of a component, or of an adapter.
   *
   * @param name of the component, or the adapter's id
   */
  public record Opened(String name, List<Section> sections) {
    public Opened {
      sections = List.copyOf(sections);
    }

    /** In bytes. */
    public long bytes() {
      return sections.stream().mapToLong(Section::length).sum();
    }
  }

  private ImageTask(
      ImageFile image,
      ExecutionPath path,
      SequencedMap<String, ImageComponent> components,
      Resources resources) {
    this.image = image;
    this.resources = resources;
    this.path = path;
    this.components = components;
    this.used = new LinkedHashMap<>();
    components.forEach((name, component) -> used.put(name, component.sections()));
  }

  /**
   * Opens a task.
   *
   * @param task the name of a path, or the id of an adapter in the image that has a task
   * @param target whose graphs to run; the first one of each component if nobody says
   * @param outside an adapter that is not in the image, for the backbone
   * @throws org.m4fw.base.problem.ProblemException if the image, the task or the adapter is not
   *     what it has to be
   */
  public static ImageTask open(
      Path file,
      String task,
      Optional<String> target,
      Optional<Path> outside,
      OptionalDouble alpha) {
    if (!Files.isRegularFile(file) || !ImageFile.recognizes(file)) {
      throw ModelError.NOT_AN_IMAGE.at(file, "");
    }
    Resources resources = new Resources();
    ImageFile image = ImageFile.open(file);
    resources.add(image::close);
    try {
      ExecutionPath path = ImagePaths.find(image, task);
      ImageTask opened = new ImageTask(image, path, components(image, path, target), resources);
      if (outside.isPresent() && !path.kind().hasBackbone()) {
        throw ModelError.ADAPTER_NOT_USED.at(outside.get(), "", task);
      }
      if (outside.isPresent()) {
        opened.attach(Adapters.open(outside.get(), alpha));
      } else {
        path.adapter().ifPresent(opened::use);
      }
      return opened;
    } catch (RuntimeException | Error e) {
      resources.close();
      throw e;
    }
  }

  private static SequencedMap<String, ImageComponent> components(
      ImageFile image, ExecutionPath path, Optional<String> target) {
    SequencedMap<String, ImageComponent> components = new LinkedHashMap<>();
    for (String name : path.components()) {
      Set<String> parts = new TreeSet<>();
      Set<String> files = new TreeSet<>();
      path.steps().stream()
          .filter(step -> step.component().equals(name))
          .forEach(
              step -> {
                parts.addAll(step.action().parts(path.injectsVectors()));
                files.addAll(step.action().files());
              });
      components.put(name, ImageComponent.of(image, name, target, parts::contains, files));
    }
    return components;
  }

  /** The sections of an adapter in the image are needed too. */
  private void use(String id) {
    ImagePaths.requireBackbone(image, path, id);
    embedded = Optional.of(id);
    used.put(
        id,
        EmbeddedPackage.sections(id).stream()
            .map(section -> image.section(section).section())
            .toList());
  }

  private OpenAdapter attach(OpenAdapter opened) {
    resources.add(opened::close);
    openAdapter = Optional.of(opened);
    return opened;
  }

  /** The way that a question goes. */
  public ExecutionPath path() {
    return path;
  }

  /**
   * Checks what is used of the image, unless that was done, then answers a question.
   *
   * @throws org.m4fw.base.problem.ProblemException if the question is not one for this task, or
   *     with what is wrong with the image, a file or a component
   */
  public Answer ask(Question question, Progress progress) {
    try (LoadedPath loaded = LoadedPath.forOneQuestion(this)) {
      return ask(question, loaded, progress);
    }
  }

  /**
   * The same, with what was loaded for other questions.
   *
   * @param loaded over this task
   */
  public Answer ask(Question question, LoadedPath loaded, Progress progress) {
    question.check(path);
    if (!verified) {
      verify(progress);
    }
    return PathRun.answer(path, loaded, question, progress);
  }

  /** Checks what is used of the image against its digests. */
  public void verify(Progress progress) {
    image.verifyIntegrity(
        opened().stream().flatMap(one -> one.sections().stream()).toList(),
        OrderedWork.onAllCores(),
        progress);
    verified = true;
  }

  /** What of the image is used, component by component. */
  public List<Opened> opened() {
    List<Opened> opened = new ArrayList<>();
    used.forEach((name, sections) -> opened.add(new Opened(name, sections)));
    return Collections.unmodifiableList(opened);
  }

  /** What of the image's file was mapped: sections, and the trees that they were checked with. */
  public List<FileRanges.Range> mapped() {
    return image.mapped();
  }

  /** What of the image's file was read without being mapped: its frame. */
  public List<FileRanges.Range> read() {
    return image.read();
  }

  @Override
  public String name() {
    return image.path().toString();
  }

  @Override
  public SequencedMap<String, CompiledModel> parts(String component) {
    return parts.computeIfAbsent(component, name -> component(name).parts());
  }

  @Override
  public Optional<byte[]> file(String component, String file) {
    return component(component).file(file);
  }

  private ImageComponent component(String name) {
    ImageComponent component = components.get(name);
    if (component == null) {
      throw new IllegalArgumentException(name + " is not on the path");
    }
    return component;
  }

  @Override
  public Optional<RuntimeAdapter> adapter() {
    Optional<OpenAdapter> chosen =
        openAdapter.or(() -> embedded.map(id -> attach(Adapters.embedded(image, id))));
    return chosen.map(this::overBackbone);
  }

  private RuntimeAdapter overBackbone(OpenAdapter chosen) {
    ExecutionPath.Step backbone = path.step(Action.CONTINUE).orElseThrow();
    CompiledModel decoder = part(backbone, path.injectsVectors() ? Model.VECTORS : Model.DECODER);
    return FittedAdapter.of(chosen, name(), List.of(decoder));
  }

  @Override
  public void close() {
    resources.close();
  }
}
