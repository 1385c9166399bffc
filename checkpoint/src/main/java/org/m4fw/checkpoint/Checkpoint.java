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

/**
 * The tensors and the configuration of a model as it was downloaded. All files are mapped and fully
 * checked when it is opened; tensors are valid until it is closed.
 */
public final class Checkpoint implements AutoCloseable {
  private final Path directory;
  private final List<MappedFile> mapped;
  private final List<Path> files;
  private final SortedMap<String, Tensor> tensors;
  private final Optional<Fields> config;

  private Checkpoint(
      Path directory,
      List<MappedFile> mapped,
      List<Path> files,
      SortedMap<String, Tensor> tensors,
      Optional<Fields> config) {
    this.directory = directory;
    this.mapped = mapped;
    this.files = files;
    this.tensors = tensors;
    this.config = config;
  }

  /**
   * Opens a directory with weights under one of the names that Hugging Face's libraries use, a
   * single safetensors file, or the index of a sharded checkpoint.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link CheckpointError}, {@link
   *     SafetensorsError}, {@link org.m4fw.base.json.JsonError} or {@link
   *     org.m4fw.base.file.FileError}
   */
  public static Checkpoint open(Path directoryOrFile) {
    CheckpointFiles.requirePresent(directoryOrFile);
    boolean whole = Files.isDirectory(directoryOrFile);
    Path start = whole ? CheckpointFiles.weights(directoryOrFile) : directoryOrFile;
    Path directory = whole ? directoryOrFile : CheckpointFiles.directoryOf(directoryOrFile);
    Opening opening = new Opening();
    try {
      opening.open(start);
      Path config = directory.resolve("config.json");
      Optional<Fields> fields =
          Files.isRegularFile(config)
              ? Optional.of(StrictJson.readObject(config))
              : Optional.empty();
      Stream<Path> companions =
          whole ? CheckpointFiles.companions(directory) : fields.stream().map(found -> config);
      return new Checkpoint(
          directory,
          List.copyOf(opening.mapped),
          Stream.concat(opening.files.stream(), companions).sorted().toList(),
          Collections.unmodifiableSortedMap(opening.tensors),
          fields);
    } catch (RuntimeException | Error e) {
      opening.mapped.forEach(MappedFile::close);
      throw e;
    }
  }

  /** What has been found so far while a checkpoint is opened. */
  private static final class Opening {
    final List<MappedFile> mapped = new ArrayList<>();
    final List<Path> files = new ArrayList<>();
    final SortedMap<String, Tensor> tensors = new TreeMap<>();

    void open(Path start) {
      MappedFile file = map(start);
      switch (FileFormat.of(file.segment())) {
        case SAFETENSORS -> tensors.putAll(SafetensorsReader.read(file).tensors());
        case SHARD_INDEX -> openShards(ShardIndex.read(start));
        case TORCH_ZIP -> throw CheckpointError.PYTORCH_UNSUPPORTED.at(start, "", "zip container");
        case TORCH_PICKLE ->
            throw CheckpointError.PYTORCH_UNSUPPORTED.at(start, "", "legacy pickle");
        case GGUF -> throw CheckpointError.GGUF_UNSUPPORTED.at(start, "");
        case UNKNOWN ->
            throw CheckpointError.UNKNOWN_FORMAT.at(start, "", FileFormat.describe(file.segment()));
      }
    }

    private void openShards(ShardIndex index) {
      index.requireAll();
      for (String shard : index.shards().keySet()) {
        SortedMap<String, Tensor> held = SafetensorsReader.read(map(index.path(shard))).tensors();
        index.check(shard, held);
        tensors.putAll(held);
      }
    }

    private MappedFile map(Path path) {
      MappedFile file = MappedFile.open(path);
      mapped.add(file);
      files.add(path);
      return file;
    }
  }

  /** All tensors by name. */
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

  /** {@code config.json}, from beside the weights. */
  public Optional<Fields> config() {
    return config;
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
    mapped.forEach(MappedFile::close);
  }
}
