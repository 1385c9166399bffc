package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.measure.QuantizationMeasure;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.pipeline.CacheDirectory;
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

  /** How the outputs changed, if there are inputs. */
  List<OutputQuality> outputs(ModelRequest before, ModelRequest after, Progress progress) {
    return tensors.map(file -> measure(progress).outputs(before, after, file)).orElse(List.of());
  }

  private static QuantizationMeasure measure(Progress progress) {
    return new QuantizationMeasure(CacheDirectory.ofUser(), progress);
  }
}
