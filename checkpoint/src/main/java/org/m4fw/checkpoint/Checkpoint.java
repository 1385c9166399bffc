package org.m4fw.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.NearNames;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.onnx.OnnxFile;

/**
 * The tensors and the configuration of a model as it was downloaded. All files are mapped and fully
 * checked when it is opened; tensors are valid until it is closed.
 */
public final class Checkpoint implements AutoCloseable {
  private final Path directory;
  private final Opened opened;
  private final List<Path> files;
  private final SortedMap<String, Tensor> tensors;
  private final Optional<Fields> config;
  private final List<String> notes;
  private final SortedMap<String, Checkpoint> parts;

  private Checkpoint(
      Path directory,
      Opened opened,
      List<Path> files,
      Unpacked content,
      SortedMap<String, Checkpoint> parts) {
    this.directory = directory;
    this.opened = opened;
    this.files = files;
    this.tensors = Collections.unmodifiableSortedMap(content.tensors());
    this.config = content.config();
    this.notes = content.notes();
    this.parts = Collections.unmodifiableSortedMap(parts);
  }

  /**
   * Opens a directory with weights under one of the names that Hugging Face's libraries use, a
   * single safetensors, PyTorch, GGUF or ONNX file, the index of a sharded checkpoint, or a
   * pipeline: a directory whose {@code model_index.json} names the directories of checkpoints.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link CheckpointError}, {@link
   *     SafetensorsError}, {@link org.m4fw.checkpoint.torch.TorchError}, {@link
   *     org.m4fw.checkpoint.gguf.GgufError}, {@link org.m4fw.checkpoint.onnx.OnnxFileError}, {@link
   *     org.m4fw.base.json.JsonError} or {@link org.m4fw.base.file.FileError}
   */
  public static Checkpoint open(Path directoryOrFile) {
    CheckpointFiles.requirePresent(directoryOrFile);
    boolean whole = Files.isDirectory(directoryOrFile);
    if (whole && PipelineFiles.recognizes(directoryOrFile)) {
      return openPipeline(directoryOrFile);
    }
    return openOne(directoryOrFile, whole);
  }

  private static Checkpoint openOne(Path directoryOrFile, boolean whole) {
    Path start = whole ? CheckpointFiles.weights(directoryOrFile) : directoryOrFile;
    Path directory = whole ? directoryOrFile : CheckpointFiles.directoryOf(directoryOrFile);
    Opened opened = new Opened();
    try {
      SortedMap<String, Tensor> tensors = tensors(opened, start);
      if (whole) {
        addMore(opened, CheckpointFiles.moreWeights(directory, start), tensors);
      }
      Path config = directory.resolve("config.json");
      Optional<Fields> fields =
          Files.isRegularFile(config)
              ? Optional.of(StrictJson.readObject(config))
              : Optional.empty();
      Stream<Path> companions =
          whole ? CheckpointFiles.companions(directory) : fields.stream().map(found -> config);
      return new Checkpoint(
          directory,
          opened,
          Stream.concat(opened.files().stream(), companions).sorted().toList(),
          unpacked(opened, tensors, fields),
          new TreeMap<>());
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  private static Checkpoint openPipeline(Path directory) {
    PipelineFiles pipeline = PipelineFiles.read(directory);
    SortedMap<String, Checkpoint> parts = new TreeMap<>();
    try {
      SortedMap<String, Tensor> tensors = new TreeMap<>();
      List<Path> files = new ArrayList<>(pipeline.companions());
      for (Path path : pipeline.checkpoints()) {
        String name = String.valueOf(path.getFileName());
        // Never another pipeline: links could let directories hold each other without end.
        Checkpoint part = openOne(path, true);
        parts.put(name, part);
        part.tensors().forEach((tensor, value) -> tensors.put(name + "/" + tensor, value));
        files.addAll(part.files());
      }
      return new Checkpoint(
          directory,
          new Opened(),
          files.stream().sorted().toList(),
          new Unpacked(
              tensors,
              Optional.of(pipeline.index()),
              parts.values().stream().flatMap(part -> part.notes().stream()).toList()),
          parts);
    } catch (RuntimeException | Error e) {
      parts.values().forEach(Checkpoint::close);
      throw e;
    }
  }

  private static SortedMap<String, Tensor> tensors(Opened opened, Path start) {
    MappedFile file = opened.map(start);
    if (FileFormat.of(file.segment()) != FileFormat.SHARD_INDEX) {
      return new TreeMap<>(opened.tensors(file));
    }
    ShardIndex index = ShardIndex.read(start);
    index.requireAll();
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (String shard : index.shards().keySet()) {
      SortedMap<String, Tensor> held = opened.tensors(opened.map(index.path(shard)));
      index.check(shard, held);
      tensors.putAll(held);
    }
    return tensors;
  }

  private static void addMore(Opened opened, List<Path> files, SortedMap<String, Tensor> tensors) {
    for (Path file : files) {
      opened
          .tensors(opened.map(file))
          .forEach(
              (name, tensor) -> {
                if (tensors.put(name, tensor) != null) {
                  throw CheckpointError.TENSOR_TWICE.at(file, name);
                }
              });
    }
  }

  private static Unpacked unpacked(
      Opened opened, SortedMap<String, Tensor> tensors, Optional<Fields> config) {
    if (opened.described().isPresent()) {
      Unpacked own = opened.described().get();
      return new Unpacked(tensors, own.config().or(() -> config), own.notes());
    }
    return GroupedInputs.recognizes(config)
        ? GroupedInputs.read(tensors, config.orElseThrow(), opened.unpacked())
        : new Unpacked(tensors, config, List.of());
  }

  /** What a user should know of how the weights were read, one line each. */
  public List<String> notes() {
    return notes;
  }

  /** All tensors by name; in a pipeline after the directory they are from and a slash. */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * One tensor.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CheckpointError#NO_SUCH_TENSOR},
   *     which says which names are near
   */
  public Tensor tensor(String name) {
    return find(name)
        .orElseThrow(
            () -> {
              List<String> near = NearNames.of(name, tensors.keySet());
              return CheckpointError.NO_SUCH_TENSOR.at(
                  directory, name, near.isEmpty() ? "" : "; near are " + String.join(", ", near));
            });
  }

  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** The checkpoints that make up a pipeline, by the names of their directories; else none. */
  public SortedMap<String, Checkpoint> parts() {
    return parts;
  }

  /** {@code config.json}, from beside the weights; {@code model_index.json} of a pipeline. */
  public Optional<Fields> config() {
    return config;
  }

  /** The file that holds the model's graph beside its weights, if it is an ONNX file. */
  public Optional<OnnxFile> onnx() {
    return opened.onnx();
  }

  public Path directory() {
    return directory;
  }

  /** A file of the checkpoint's directory, such as {@code tokenizer.json}, if it is there. */
  public Optional<Path> file(String name) {
    return Optional.of(directory.resolve(name)).filter(Files::isRegularFile);
  }

  /** The weight, index, configuration and tokenizer files that make up the checkpoint, sorted. */
  public List<Path> files() {
    return files;
  }

  /**
   * What the weights are, however they are spread over files: the digest of the canonical JSON
   * array of {@code {"data": "sha256:…", "dtype", "name", "shape"}} in the order of the names.
   * Reads all weights.
   */
  public Digest weightsDigest() {
    List<Object> list = new ArrayList<>();
    OrderedWork.onAllCores().run(tensors.values(), Checkpoint::describe, list::add);
    return Digest.of(CanonicalJson.bytes(CanonicalJson.node(list)));
  }

  private static SortedMap<String, Object> describe(Tensor tensor) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("data", Digest.of(tensor.data()).toString());
    fields.put("dtype", tensor.dtype().name());
    fields.put("name", tensor.name());
    fields.put("shape", tensor.shape().dims());
    return fields;
  }

  @Override
  public void close() {
    parts.values().forEach(Checkpoint::close);
    opened.close();
  }
}
