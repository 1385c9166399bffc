package org.m4fw.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import tools.jackson.databind.JsonNode;

/**
 * A pipeline of diffusers: {@code model_index.json} names the directories of its parts, each with
 * the library and the class that read it. Those with weights are checkpoints; of the others the
 * small files are kept that describe tokenizers and schedulers.
 *
 * @param index {@code model_index.json}
 * @param checkpoints directories with weights, sorted
 * @param companions files that belong to the pipeline and to none of its checkpoints
 */
record PipelineFiles(Fields index, List<Path> checkpoints, List<Path> companions) {
  private static final String INDEX = "model_index.json";
  private static final String PLAIN = "[A-Za-z0-9_][A-Za-z0-9_-]{0,63}";
  private static final List<String> DESCRIPTIONS = List.of("scheduler_config.json");

  static boolean recognizes(Path directory) {
    return Files.isRegularFile(directory.resolve(INDEX));
  }

  /**
   * Finds the parts that are there; a part that was not downloaded is missed by who needs it.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CheckpointError#NO_PARTS} if none
   *     has weights
   */
  static PipelineFiles read(Path directory) {
    Fields index = StrictJson.readObject(directory.resolve(INDEX));
    List<Path> checkpoints = new ArrayList<>();
    List<Path> companions = new ArrayList<>(List.of(directory.resolve(INDEX)));
    for (String name : index.names()) {
      JsonNode value = index.node().get(name);
      Path part = directory.resolve(name);
      if (value == null || !value.isArray() || !name.matches(PLAIN) || !Files.isDirectory(part)) {
        continue;
      }
      if (CheckpointFiles.hasWeights(part)) {
        checkpoints.add(part);
      } else {
        Stream.concat(
                CheckpointFiles.companions(part),
                DESCRIPTIONS.stream().map(part::resolve).filter(Files::isRegularFile))
            .forEach(companions::add);
      }
    }
    if (checkpoints.isEmpty()) {
      throw CheckpointError.NO_PARTS.at(
          directory.resolve(INDEX), "", String.join(", ", index.names()));
    }
    return new PipelineFiles(index, checkpoints, companions);
  }
}
