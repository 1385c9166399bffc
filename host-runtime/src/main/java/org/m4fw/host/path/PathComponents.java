package org.m4fw.host.path;

import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.RuntimeAdapter;

/** The components of a path: their graphs, and the files that came with the models. */
public interface PathComponents {

  /** For messages: where they are. */
  String name();

  /** The graphs of a component that the path needs, by part. */
  SequencedMap<String, CompiledModel> parts(String component);

  /**
   * A file that came with a component's model.
   *
   * @param file relative to the model's directory, one of {@link Action#files}
   */
  Optional<byte[]> file(String component, String file);

  /** What the backbone runs with. */
  Optional<RuntimeAdapter> adapter();

  /** The graph of a part that has to be there. */
  default CompiledModel part(ExecutionPath.Step step, String part) {
    SequencedMap<String, CompiledModel> parts = parts(step.component());
    CompiledModel graph = parts.get(part);
    if (graph == null) {
      throw PathError.NO_PART.at(
          name(), step.component(), step.action().text(), String.join(", ", parts.keySet()));
    }
    return graph;
  }

  /** An input that the graph of a part has to have. */
  default Port input(ExecutionPath.Step step, String part, String input) {
    Port port = part(step, part).inputs().get(input);
    if (port == null) {
      throw PathError.NO_INPUT_PORT.at(name(), "%s: %s".formatted(step.component(), part), input);
    }
    return port;
  }

  /** A file that has to be there. */
  default byte[] requiredFile(ExecutionPath.Step step, String file) {
    return file(step.component(), file)
        .orElseThrow(
            () -> PathError.NO_FILE.at(name(), step.component(), step.action().text(), file));
  }

  /** How messages call a component's file or graph. */
  default String label(ExecutionPath.Step step) {
    return "%s: %s".formatted(name(), step.component());
  }
}
