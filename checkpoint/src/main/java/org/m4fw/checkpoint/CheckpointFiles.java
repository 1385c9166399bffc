package org.m4fw.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.NearNames;

/**
 * Which files of a directory make up a checkpoint: those that the formats name, not every file
 * there is.
 */
final class CheckpointFiles {
  /** In the order in which Hugging Face's libraries look for them. */
  private static final List<String> WEIGHTS =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "diffusion_pytorch_model.safetensors",
          "diffusion_pytorch_model.safetensors.index.json",
          "adapter_model.safetensors",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json",
          "diffusion_pytorch_model.bin",
          "adapter_model.bin",
          "pytorch_model.pt");

  /** Projects that name their files freely use these suffixes for whole models. */
  private static final String FREELY_NAMED = ".+\\.(pth|pt|ckpt|gguf|onnx)";

  /** Configuration and tokenizer files that belong to a checkpoint where they are present. */
  private static final List<String> COMPANIONS =
      List.of(
          "adapter_config.json",
          "added_tokens.json",
          "bpe_simple_vocab_16e6.txt.gz",
          "chat_template.jinja",
          "config.json",
          "config.yaml",
          "fbank_mfa_gcmvn_stats.npz",
          "generation_config.json",
          "hifigan.json",
          "merges.txt",
          "preprocessor_config.json",
          "special_tokens_map.json",
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json",
          "vocab.json",
          "vocab.txt");

  /** Weights of a second model that repositories of fairseq put beside the first. */
  private static final List<String> SECOND = List.of("hifigan.bin");

  private static final int SHOWN = 10;

  private CheckpointFiles() {}

  /** The file to start from: the weights, or the index of the files that hold them. */
  static Path weights(Path directory) {
    return WEIGHTS.stream()
        .map(directory::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElseGet(() -> onlyFreelyNamed(directory));
  }

  /** Whether a directory has weights under one of the names that are looked for first. */
  static boolean hasWeights(Path directory) {
    return WEIGHTS.stream().map(directory::resolve).anyMatch(Files::exists);
  }

  /** Weights that belong to a directory's model besides those that {@link #weights} finds. */
  static List<Path> moreWeights(Path directory, Path first) {
    return SECOND.stream()
        .map(directory::resolve)
        .filter(file -> Files.isRegularFile(file) && !file.equals(first))
        .toList();
  }

  private static Path onlyFreelyNamed(Path directory) {
    List<Path> found;
    try (Stream<Path> files = Files.list(directory)) {
      found =
          files
              .filter(file -> file.getFileName().toString().matches(FREELY_NAMED))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
    if (found.isEmpty()) {
      List<Path> second = moreWeights(directory, directory);
      if (!second.isEmpty()) {
        return second.getFirst();
      }
      throw CheckpointError.NO_WEIGHTS.at(directory, "", String.join(", ", WEIGHTS));
    }
    if (found.size() > 1) {
      List<String> names = found.stream().map(file -> file.getFileName().toString()).toList();
      throw CheckpointError.SEVERAL_WEIGHTS.at(directory, "", NearNames.list(names, SHOWN));
    }
    return found.getFirst();
  }

  static Stream<Path> companions(Path directory) {
    return COMPANIONS.stream().map(directory::resolve).filter(Files::isRegularFile);
  }

  /** The directory of a file as the user wrote it. */
  static Path directoryOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  /** Refuses what is neither a directory nor a file. */
  static void requirePresent(Path path) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
  }
}
