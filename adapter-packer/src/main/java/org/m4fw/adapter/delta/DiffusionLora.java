package org.m4fw.adapter.delta;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * LoRA of Stable Diffusion, of its denoiser and of its text model, in the names of kohya's scripts
 * and of diffusers ({@link DiffusionKey}). The alpha of a layer is in a tensor beside its matrices,
 * or in the file's metadata ({@link DiffusionDeclarations}), or given by the user; where nobody
 * says one, it is the rank, as for those trainers.
 */
public final class DiffusionLora implements LoraSource {
  /** Parts of tensor names that mean more than LoRA. */
  private record Unsupported(String part, String reason) {}

  private static final List<Unsupported> UNSUPPORTED =
      List.of(
          new Unsupported(
              ".lora_mid.", "the branch has a third matrix between its two (Tucker); resize it"),
          new Unsupported(".dora_scale", "DoRA, whose scales need inputs that no such graph has"),
          new Unsupported(
              "lora_magnitude_vector", "DoRA, whose scales need inputs that no such graph has"),
          new Unsupported(".ia3", "IA3 scales what goes in or out of layers"),
          new Unsupported(".hada_w", "LoHa multiplies two low-rank products by elements"),
          new Unsupported(".lokr_w", "LoKr is a Kronecker product"),
          new Unsupported(".oft_", "OFT turns the weights of the base"),
          new Unsupported(".diff", "a whole weight is changed"),
          new Unsupported("lora_te2_", "a second text encoder, as only Stable Diffusion XL has"),
          new Unsupported(
              "text_encoder_2.", "a second text encoder, as only Stable Diffusion XL has"));

  private final Path file;
  private final OptionalDouble alpha;
  private final SortedMap<String, Tensor> tensors;
  private final DiffusionDeclarations declarations;

  private DiffusionLora(
      Path file,
      OptionalDouble alpha,
      SortedMap<String, Tensor> tensors,
      DiffusionDeclarations declarations) {
    this.file = file;
    this.alpha = alpha;
    this.tensors = tensors;
    this.declarations = declarations;
  }

  /** Whether the tensors have these names. */
  public static boolean recognises(Checkpoint weights) {
    return weights.tensors().keySet().stream()
        .anyMatch(name -> DiffusionKey.parse(name).isPresent() || name.startsWith("lora_unet_"));
  }

  /**
   * Reads the adapter; its tensors are those of {@code weights}.
   *
   * @param alpha for all layers that say none, if the user gave one
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
    return new DiffusionLora(
        file, alpha, weights.tensors(), DiffusionDeclarations.read(file, alpha));
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
    SortedMap<String, Tensor> said = new TreeMap<>();
    SortedSet<String> trained = new TreeSet<>();
    for (Tensor tensor : tensors.values()) {
      DiffusionKey key = DiffusionKey.parse(tensor.name()).orElseThrow();
      DiffusionPaths.Layer layer = layer(paths, key, tensor);
      String path = layer.path();
      if (key.part() != DiffusionKey.Part.ALPHA) {
        trained.add(path);
      }
      boolean fresh =
          switch (key.part()) {
            case DOWN -> {
              Tensor down = layer.convolution() ? tensor : matrix(tensor);
              Optional<LoraAssembly.Declared> declared = declarations.of(key.model(), path);
              declared.ifPresent(stated -> alphas.putIfAbsent(path, stated.alpha()));
              ranks.put(path, declared.map(LoraAssembly.Declared::rank).orElse(rank(down)));
              yield assembly.addDown(path, down);
            }
            case UP -> assembly.addUp(path, layer.convolution() ? tensor : matrix(tensor));
            case ALPHA -> {
              said.put(path, tensor);
              yield alphas.put(path, number(tensor)) == null;
            }
          };
      if (!fresh) {
        throw DeltaError.DUPLICATE_TENSOR.at(file, tensor.name(), path);
      }
    }
    said.forEach(
        (path, tensor) -> {
          if (!trained.contains(path)) {
            throw DeltaError.LONE_ALPHA.at(file, tensor.name(), path);
          }
        });
    LoraAdapter adapter =
        assembly.adapter(
            LoraScaling.ALPHA_OVER_RANK,
            file.toString(),
            path -> {
              int rank = ranks.getOrDefault(path, 0);
              double otherwise = alpha.orElse(rank);
              return new LoraAssembly.Declared(rank, alphas.getOrDefault(path, otherwise));
            });
    return alpha.isPresent() ? adapter : withWarning(adapter, ranks.size() - alphas.size());
  }

  private static LoraAdapter withWarning(LoraAdapter adapter, int silent) {
    if (silent <= 0) {
      return adapter;
    }
    List<String> warnings = new ArrayList<>(adapter.warnings());
    warnings.add(
        "%s layers say no alpha: it is taken to be their rank, as by their trainers"
            .formatted(silent));
    return new LoraAdapter(
        adapter.scaling(), adapter.pairs(), adapter.replaced(), adapter.extras(), warnings);
  }

  private DiffusionPaths.Layer layer(DiffusionPaths paths, DiffusionKey key, Tensor tensor) {
    return paths
        .find(key)
        .orElseThrow(
            () ->
                isWide(tensor)
                    ? DeltaError.UNSUPPORTED_TENSOR.at(
                        file,
                        tensor.name(),
                        "LoRA of a convolution over neighbours, for which the graph has no room"
                            + " (adapter_slots 'convolutions'); it runs over the checkpoint")
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
          file, tensor.name(), "it has a kernel, and the layer works on single pixels");
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
    return down.shape().rank() >= 2
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
