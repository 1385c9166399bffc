package org.m4fw.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraExtras;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;

/** Convolutions over single pixels, which trainers save as such and graphs have as layers. */
final class PixelLayers {
  private PixelLayers() {}

  /** The adapter with the matrices of such layers as matrices. */
  static LoraAdapter resolve(LoraAdapter adapter, List<AttachmentPoint> points) {
    Map<String, AttachmentPoint> known =
        points.stream()
            .collect(Collectors.toMap(AttachmentPoint::name, Function.identity(), (a, b) -> a));
    List<LoraPair> pairs = new ArrayList<>(adapter.pairs());
    List<LoraExtras.Convolution> others = new ArrayList<>();
    for (LoraExtras.Convolution found : adapter.extras().convolutions()) {
      Optional<AttachmentPoint> point =
          Optional.ofNullable(known.get(found.layer()))
              .filter(layer -> isSingle(found.down()) && isSingle(found.up()));
      point.ifPresentOrElse(
          layer ->
              pairs.add(
                  new LoraPair(
                      layer,
                      found.rank(),
                      found.alpha(),
                      matrix(found.down()),
                      matrix(found.up()))),
          () -> others.add(found));
    }
    return new LoraAdapter(
        adapter.scaling(),
        pairs,
        adapter.replaced(),
        new LoraExtras(others, adapter.extras().biases()),
        adapter.warnings());
  }

  private static boolean isSingle(Tensor kernel) {
    return kernel.shape().count() == kernel.shape().dim(0) * kernel.shape().dim(1);
  }

  private static Tensor matrix(Tensor kernel) {
    return new Tensor(
        kernel.name(),
        kernel.dtype(),
        Shape.of(kernel.shape().dim(0), kernel.shape().dim(1)),
        kernel.extent(),
        kernel.data());
  }
}
