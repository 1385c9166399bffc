package org.m4fw.adapter.delta;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * LoRA of Stable Diffusion, of its denoiser and of its text model, in the names of kohya's scripts
 * and of diffusers ({@link DiffusionKey}). Where a layer says no alpha, it is the rank.
 *
 * @param file for messages
 * @param alpha for all layers that say none, if the user gave one
 */
public record DiffusionLora(Path file, OptionalDouble alpha, SortedMap<String, Tensor> tensors)
    implements LoraSource {
  /** Parts of tensor names that mean more than LoRA. */
  private record Unsupported(String part, String reason) {}

  private static final List<Unsupported> UNSUPPORTED =
      List.of(
          new Unsupported(".lora_mid.", "the branch has a third matrix between its two"),
          new Unsupported(".dora_scale", "DoRA, whose scales need inputs that no such graph has"),
          new Unsupported(
              "lora_magnitude_vector", "DoRA, whose scales need inputs that no such graph has"),
          new Unsupported(".hada_w", "LoHa multiplies two low-rank products by elements"),
          new Unsupported(".lokr_w", "LoKr is a Kronecker product"),
          new Unsupported(".oft_", "OFT turns the weights of the base"),
          new Unsupported(".diff", "a whole weight is changed"),
          new Unsupported("lora_te2_", "a second text encoder, as only Stable Diffusion XL has"),
          new Unsupported(
              "text_encoder_2.", "a second text encoder, as only Stable Diffusion XL has"));

  /** Whether the tensors have these names. */
  public static boolean recognises(Checkpoint weights) {
    return weights.tensors().keySet().stream()
        .anyMatch(name -> DiffusionKey.parse(name).isPresent() || name.startsWith("lora_unet_"));
  }

  /**
   * Reads the adapter; its tensors are those of {@code weights}.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError}
   */
  public static DiffusionLora read(Checkpoint weights, OptionalDouble alpha) {
    Path file = weights.tensors().firstEntry().getValue().extent().file();
    for (String name : weights.tensors().keySet()) {
      for (Unsupported unsupported : UNSUPPORTED) {
        if (name.contains(unsupported.part())) {
          throw DeltaError.UNSUPPORTED_TENSOR.at(file, name, unsupported.reason());
        }
      }
      if (DiffusionKey.parse(name).isEmpty()) {
        throw DeltaError.UNKNOWN_TENSOR.at(file, name, "a LoRA of Stable Diffusion");
      }
    }
    return new DiffusionLora(file, alpha, weights.tensors());
  }

  @Override
  public String text() {
    return "LoRA of Stable Diffusion in the names of its trainer";
  }

  @Override
  public LoraAdapter over(LoraBase base) {
    DiffusionPaths paths = new DiffusionPaths(base);
    LoraAssembly assembly = new LoraAssembly(file);
    SortedMap<String, Double> alphas = new TreeMap<>();
    SortedMap<String, Integer> ranks = new TreeMap<>();
    for (Tensor tensor : tensors.values()) {
      DiffusionKey key = DiffusionKey.parse(tensor.name()).orElseThrow();
      String point = point(paths, key, tensor).name();
      boolean fresh =
          switch (key.part()) {
            case DOWN -> {
              Tensor down = matrix(tensor);
              ranks.put(point, rank(down));
              yield assembly.addDown(point, down);
            }
            case UP -> assembly.addUp(point, matrix(tensor));
            case ALPHA -> alphas.put(point, number(tensor)) == null;
          };
      if (!fresh) {
        throw DeltaError.DUPLICATE_TENSOR.at(file, tensor.name(), point);
      }
    }
    return assembly.adapter(
        LoraScaling.ALPHA_OVER_RANK,
        file.toString(),
        point -> {
          int rank = ranks.getOrDefault(point, 0);
          double otherwise = alpha.orElse(rank);
          return new LoraAssembly.Declared(rank, alphas.getOrDefault(point, otherwise));
        });
  }

  private AttachmentPoint point(DiffusionPaths paths, DiffusionKey key, Tensor tensor) {
    Optional<AttachmentPoint> point = paths.find(key);
    return point.orElseThrow(
        () ->
            isWide(tensor)
                ? DeltaError.UNSUPPORTED_TENSOR.at(
                    file, tensor.name(), "LoRA of a convolution over neighbouring pixels")
                : DeltaError.NO_POINT.at(file, tensor.name()));
  }

  private static boolean isWide(Tensor tensor) {
    Shape shape = tensor.shape();
    return shape.rank() == 4 && shape.dim(2) * shape.dim(3) > 1;
  }

  /** Of a convolution of single pixels: [r, in, 1, 1]. */
  private Tensor matrix(Tensor tensor) {
    Shape shape = tensor.shape();
    if (isWide(tensor)) {
      throw DeltaError.UNSUPPORTED_TENSOR.at(
          file, tensor.name(), "LoRA of a convolution over neighbouring pixels");
    }
    return shape.rank() == 4
        ? new Tensor(
            tensor.name(),
            tensor.dtype(),
            Shape.of(shape.dim(0), shape.dim(1)),
            tensor.extent(),
            tensor.data())
        : tensor;
  }

  private static int rank(Tensor down) {
    return down.shape().rank() == 2
        ? (int) Math.min(down.shape().dim(0), LoraAssembly.MAX_RANK + 1L)
        : 0;
  }

  private double number(Tensor tensor) {
    if (tensor.shape().count() != 1 || !TensorFloats.canRead(tensor.dtype())) {
      throw DeltaError.UNSUPPORTED_TENSOR.at(
          file, tensor.name(), "alpha is %s %s".formatted(tensor.dtype(), tensor.shape()));
    }
    return TensorFloats.all(tensor)[0];
  }
}
