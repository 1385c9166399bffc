package org.m4fw.cli.command;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.answer.SeededInputs;
import org.m4fw.cli.measure.QuantizationMeasure;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.graph.ir.Model;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.report.OutputQuality;
import org.m4fw.quantizer.report.Predictions;
import picocli.CommandLine.Option;

/** What a quantized model is run on, to compare it with the model as it came. */
final class MeasureOptions {
  @Option(
      names = "--eval",
      paramLabel = "TOKENS",
      description =
          "Measure how well the model predicts these tokens before and after:"
              + " {\"window\": n, \"ids\": [...]}.")
  Optional<Path> tokens = Optional.empty();

  @Option(
      names = "--tensors",
      paramLabel = "IN",
      description =
          "Compare what the model computes from these inputs (safetensors), as 'run' does.")
  Optional<Path> tensors = Optional.empty();

  Optional<TokenFile> tokenFile() {
    return tokens.map(TokenFile::read);
  }

  /** How the predictions changed, if there are tokens. */
  Optional<Predictions> predictions(ModelRequest before, ModelRequest after, Progress progress) {
    return tokenFile().map(file -> measure(progress).predictions(before, after, file));
  }

  /**
   * How the outputs changed and what of, if there are inputs.
   *
   * @param otherwise gives what stands in for {@code --tensors}
   */
  Outputs outputs(
      ModelRequest before, ModelRequest after, Supplier<Outputs> otherwise, Progress progress) {
    return tensors.map(file -> of(before, after, file, progress)).orElseGet(otherwise);
  }

  /** From the inputs of a file. */
  static Outputs of(ModelRequest before, ModelRequest after, Path file, Progress progress) {
    return new Outputs(file.toString(), measure(progress).outputs(before, after, file));
  }

  /** From inputs that nobody gave. */
  static Outputs seeded(ModelRequest before, ModelRequest after, Model model, Progress progress) {
    try (Arena arena = Arena.ofShared()) {
      return new Outputs(
          SeededInputs.NAME,
          measure(progress)
              .outputs(before, after, SeededInputs.NAME, SeededInputs.of(model, arena)));
    }
  }

  /**
   * How far outputs moved.
   *
   * @param from what the inputs were; empty if there were none
   */
  record Outputs(String from, List<OutputQuality> qualities) {
    static Outputs none() {
      return new Outputs("", List.of());
    }
  }

  private static QuantizationMeasure measure(Progress progress) {
    return new QuantizationMeasure(CacheDirectory.ofUser(), progress);
  }
}
