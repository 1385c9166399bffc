package org.m4fw.cli.measure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TensorRun;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.report.OutputQuality;
import org.m4fw.quantizer.report.Predictions;

/** Runs a model before and after quantization and says how far the results are apart. */
public final class QuantizationMeasure {
  private final CacheDirectory cache;
  private final Progress progress;

  public QuantizationMeasure(CacheDirectory cache, Progress progress) {
    this.cache = cache;
    this.progress = progress;
  }

  /** How well both predict a text. */
  public Predictions predictions(ModelRequest before, ModelRequest after, TokenFile tokens) {
    try (RunnableModel original = ModelOpener.open(before, cache, progress);
        RunnableModel quantized = ModelOpener.open(after, cache, progress);
        Decoder reference = original.openDecoder();
        Decoder decoder = quantized.openDecoder()) {
      return predictions(Evaluation.of(decoder, Optional.of(reference), tokens, progress));
    }
  }

  private static Predictions predictions(Evaluation evaluation) {
    Evaluation.Comparison comparison = evaluation.comparison().orElseThrow();
    return new Predictions(
        comparison.referenceNll(),
        evaluation.nll(),
        comparison.kl(),
        comparison.top1(),
        evaluation.predictions());
  }

  /**
   * What both compute from the same inputs, compared output by output. One that is of whole
   * numbers, such as lengths, is left out; one whose shape differs, as these lengths do, has no
   * figures.
   */
  public List<OutputQuality> outputs(ModelRequest before, ModelRequest after, Path tensors) {
    try (Checkpoint inputs = Checkpoint.open(tensors)) {
      return outputs(before, after, tensors.toString(), inputs.tensors());
    }
  }

  /**
   * The same from inputs that are there.
   *
   * @param file where they are from, for messages
   */
  public List<OutputQuality> outputs(
      ModelRequest before, ModelRequest after, String file, Map<String, Tensor> inputs) {
    try (RunnableModel original = ModelOpener.open(before, cache, progress);
        RunnableModel quantized = ModelOpener.open(after, cache, progress);
        TensorRun expected = original.run(file, inputs);
        TensorRun found = quantized.run(file, inputs)) {
      Path tensors = Path.of(file);
      SequencedMap<String, Tensor> right = tensors(tensors, found);
      List<OutputQuality> qualities = new ArrayList<>();
      tensors(tensors, expected)
          .forEach(
              (name, tensor) -> {
                Tensor other = right.get(name);
                if (other != null && TensorFloats.canRead(tensor.dtype())) {
                  qualities.add(quality(tensor, other));
                }
              });
      return qualities;
    }
  }

  private static SequencedMap<String, Tensor> tensors(Path file, TensorRun run) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorRun.Output output : run.outputs()) {
      Extent extent = new Extent(file, 0, output.data().byteSize());
      tensors.put(
          output.info().name(),
          new Tensor(
              output.info().name(),
              output.info().dtype(),
              output.info().shape(),
              extent,
              output.data()));
    }
    return tensors;
  }

  private static OutputQuality quality(Tensor expected, Tensor found) {
    if (!expected.shape().equals(found.shape())) {
      return new OutputQuality(
          expected.name(), expected.shape(), Double.NaN, Double.NaN, Double.NaN);
    }
    TensorDifference difference = TensorDifference.between(expected, found);
    return new OutputQuality(
        expected.name(),
        expected.shape(),
        difference.sqnr(),
        difference.cosine(),
        difference.maxError());
  }
}
