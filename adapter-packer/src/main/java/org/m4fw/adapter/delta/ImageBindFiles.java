package org.m4fw.adapter.delta;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Checkpoint;

/**
 * The files that ImageBind-LoRA saves of one training: {@code imagebind-lora-MODALITY_LABEL.
 * safetensors} for each modality, {@code imagebind-heads_LABEL.pth} and {@code
 * imagebind-postprocessors_LABEL.pth}, where the label is {@code last} or a number of epochs.
 *
 * @param loras by modality
 */
public record ImageBindFiles(
    SortedMap<String, Path> loras, Optional<Path> heads, Optional<Path> postprocessors) {
  /** More than there are kinds and modalities. */
  private static final int MOST_FILES = 64;

  private static final Pattern NAME =
      Pattern.compile(
          "imagebind-(?:lora-([a-z]{1,16})|(heads)|(postprocessors))_[a-z0-9]{1,16}"
              + "\\.(?:safetensors|pth|pt)");

  /** Whether a directory holds, or a file is, one of these. */
  public static boolean recognises(Path path) {
    return list(path).stream().anyMatch(file -> matcher(file).matches());
  }

  /**
   * Finds the files; other files beside them are none of its business.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link DeltaError#TWO_TRAININGS}
   */
  public static ImageBindFiles of(Path path) {
    SortedMap<String, Path> loras = new TreeMap<>();
    List<Path> heads = new ArrayList<>();
    List<Path> postprocessors = new ArrayList<>();
    for (Path file : list(path)) {
      Matcher name = matcher(file);
      if (!name.matches()) {
        continue;
      }
      if (name.group(1) != null) {
        if (loras.putIfAbsent(name.group(1), file) != null) {
          throw DeltaError.TWO_TRAININGS.at(path, file.getFileName().toString());
        }
      } else if (name.group(2) != null) {
        heads.add(file);
      } else {
        postprocessors.add(file);
      }
    }
    return new ImageBindFiles(loras, only(path, heads), only(path, postprocessors));
  }

  private static Optional<Path> only(Path path, List<Path> files) {
    if (files.size() > 1) {
      throw DeltaError.TWO_TRAININGS.at(path, files.get(1).getFileName().toString());
    }
    return files.stream().findFirst();
  }

  /** All of them, for the caller to close. */
  public SortedMap<Path, Checkpoint> open() {
    List<Path> files = new ArrayList<>(loras.values());
    heads.ifPresent(files::add);
    postprocessors.ifPresent(files::add);
    SortedMap<Path, Checkpoint> open = new TreeMap<>();
    try {
      files.forEach(file -> open.put(file, Checkpoint.open(file)));
    } catch (RuntimeException | Error e) {
      open.values().forEach(Checkpoint::close);
      throw e;
    }
    return open;
  }

  private static Matcher matcher(Path file) {
    return NAME.matcher(String.valueOf(file.getFileName()));
  }

  private static List<Path> list(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(file -> matcher(file).matches() && Files.isRegularFile(file))
          .sorted()
          .limit(MOST_FILES)
          .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }
}
