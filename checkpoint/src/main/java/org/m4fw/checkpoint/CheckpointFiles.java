package org.m4fw.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;

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
          "adapter_model.safetensors");

  /** Known by name only to say clearly that they are not read. */
  private static final List<String> OTHER_WEIGHTS =
      List.of(
          "pytorch_model.bin",
          "pytorch_model.bin.index.json",
          "diffusion_pytorch_model.bin",
          "adapter_model.bin",
          "pytorch_model.pt");

  /** Configuration and tokenizer files that belong to a checkpoint where they are present. */
  private static final List<String> COMPANIONS =
      List.of(
          "adapter_config.json",
          "added_tokens.json",
          "chat_template.jinja",
          "config.json",
          "generation_config.json",
          "merges.txt",
          "preprocessor_config.json",
          "special_tokens_map.json",
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json",
          "vocab.json");

  private CheckpointFiles() {}

  /** The file to start from: the weights, or the index of the files that hold them. */
  static Path weights(Path directory) {
    return first(directory, WEIGHTS)
        .or(() -> first(directory, OTHER_WEIGHTS))
        .orElseThrow(
            () -> CheckpointError.NO_WEIGHTS.at(directory, "", String.join(", ", WEIGHTS)));
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

  private static Optional<Path> first(Path directory, List<String> names) {
    return names.stream().map(directory::resolve).filter(Files::exists).findFirst();
  }
}
