package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.quantizer.Scheme;
import picocli.CommandLine.Option;

/** How a model is to be run; shared by the commands that run one. */
final class ModelOptions {
  @Option(
      names = "--scheme",
      paramLabel = "S",
      description =
          "Quantize the weights first: f32, f16, int8, int4 (= int4-g32), int4-g64, int4-g128"
              + " (default: as they are).")
  Optional<String> scheme = Optional.empty();

  @Option(
      names = "--target",
      paramLabel = "T",
      description =
          "Run the graph of this target (default: float32 arithmetic; of an image, its first).")
  Optional<String> target = Optional.empty();

  @Option(
      names = "--component",
      paramLabel = "NAME",
      description = "The component of an image that holds several.")
  Optional<String> component = Optional.empty();

  @Option(
      names = "--adapter",
      paramLabel = "F",
      description = "An adapter package, or a directory or file in a format that can be read.")
  Optional<Path> adapter = Optional.empty();

  @Option(
      names = "--adapter-alpha",
      paramLabel = "N",
      description = "The LoRA alpha, where the adapter's format does not hold it.")
  Optional<Double> alpha = Optional.empty();

  ModelRequest request(Path model) {
    return new ModelRequest(
        model,
        component,
        scheme.map(id -> Scheme.parse("--scheme", id)),
        target,
        adapter,
        alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        false);
  }
}
