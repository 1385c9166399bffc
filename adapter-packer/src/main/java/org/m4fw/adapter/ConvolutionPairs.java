package org.m4fw.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraExtras;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * Branches of convolutions, which trainers save with the axes of a kernel and graphs take as
 * matrices: where they have attachment points, and where a convolution over single pixels is a
 * layer to them.
 */
final class ConvolutionPairs {
  private ConvolutionPairs() {}

  /** The adapter with the kernels as matrices where there is a point for them. */
  static LoraAdapter resolve(LoraAdapter adapter, List<AttachmentPoint> points) {
    Map<String, AttachmentPoint> known = byName(points);
    List<LoraPair> pairs = new ArrayList<>(adapter.pairs());
    List<LoraExtras.Convolution> others = new ArrayList<>();
    for (LoraExtras.Convolution found : adapter.extras().convolutions()) {
      Optional.ofNullable(known.get(found.layer()))
          .flatMap(point -> attachment(found, point))
          .ifPresentOrElse(
              point ->
                  pairs.add(
                      new LoraPair(
                          point,
                          found.rank(),
                          found.alpha(),
                          matrix(found.down()),
                          matrix(found.up()))),
              () -> others.add(found));
    }
    return with(adapter, pairs, others);
  }

  /**
   * The adapter over a model that is not compiled yet, which can be given branches where it has no
   * points: there kernels are kernels again.
   */
  static LoraAdapter over(LoraAdapter adapter, List<AttachmentPoint> points) {
    LoraAdapter resolved = resolve(adapter, points);
    Map<String, AttachmentPoint> known = byName(points);
    List<LoraPair> pairs = new ArrayList<>();
    List<LoraExtras.Convolution> others = new ArrayList<>(resolved.extras().convolutions());
    for (LoraPair pair : resolved.pairs()) {
      String name = pair.point().name();
      if (pair.point().kernel().isEmpty() || known.containsKey(name)) {
        pairs.add(pair);
        continue;
      }
      if (pair.magnitude().isPresent()) {
        throw LoraError.SCALED_CONVOLUTION.at(pair.down().extent().file(), name);
      }
      others.add(
          new LoraExtras.Convolution(
              name, pair.rank(), pair.alpha(), pair.trainedDown(), pair.trainedUp()));
    }
    return with(resolved, pairs, others);
  }

  /** What the kernels attach to, if a point can take them: with the sizes that they have. */
  private static Optional<AttachmentPoint> attachment(
      LoraExtras.Convolution found, AttachmentPoint point) {
    if (!isSingle(found.up())) {
      return Optional.empty();
    }
    if (point.kernel().isEmpty()) {
      return isSingle(found.down()) ? Optional.of(point) : Optional.empty();
    }
    Shape down = found.down().shape();
    return Optional.of(
        new AttachmentPoint(found.layer(), down.count() / down.dim(0), found.up().shape().dim(0))
            .withKernel(down.dims().subList(2, down.rank())));
  }

  private static Map<String, AttachmentPoint> byName(List<AttachmentPoint> points) {
    return points.stream()
        .collect(Collectors.toMap(AttachmentPoint::name, Function.identity(), (a, b) -> a));
  }

  private static LoraAdapter with(
      LoraAdapter adapter, List<LoraPair> pairs, List<LoraExtras.Convolution> convolutions) {
    return new LoraAdapter(
        adapter.scaling(),
        pairs,
        adapter.replaced(),
        new LoraExtras(convolutions, adapter.extras().biases()),
        adapter.warnings());
  }

  private static boolean isSingle(Tensor kernel) {
    return kernel.shape().count() == kernel.shape().dim(0) * kernel.shape().dim(1);
  }

  /** All that an output is made of in one row, in the order of the kernel. */
  private static Tensor matrix(Tensor kernel) {
    long rows = kernel.shape().dim(0);
    return new Tensor(
        kernel.name(),
        kernel.dtype(),
        Shape.of(rows, kernel.shape().count() / rows),
        kernel.extent(),
        kernel.data());
  }
}
