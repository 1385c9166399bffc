package org.m4fw.adapter.delta;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/**
 * LoRA of lit-llama, on the layer that computes query, key and value at once: {@code
 * transformer.h.N.attn.c_attn.lora_A} [n·r, in] and {@code .lora_B} [n·out, r], for n = 2 of query
 * and value, for 3 of all. Its heads turn neighbouring elements by their position; the models of
 * transformers turn the two halves of a head, so the rows of B change places there.
 *
 * @param file for messages
 * @param alpha as the user gave it; r is in the shapes
 * @param downs A by layer
 * @param ups B by layer
 * @see <a href="https://github.com/Lightning-AI/lit-llama/blob/main/lit_llama/lora.py">lora.py</a>
 */
public record LitLlamaLora(
    Path file, double alpha, SortedMap<Integer, Tensor> downs, SortedMap<Integer, Tensor> ups)
    implements LoraSource {
  private static final Pattern NAME =
      Pattern.compile("(?:model\\.)?transformer\\.h\\.(\\d{1,4})\\.attn\\.c_attn\\.lora_([AB])");
  private static final List<String> TWO = List.of("q_proj", "v_proj");
  private static final List<String> THREE = List.of("q_proj", "k_proj", "v_proj");

  /** Whether the tensors have these names. */
  public static boolean recognises(Checkpoint weights) {
    return weights.tensors().keySet().stream().anyMatch(name -> NAME.matcher(name).matches());
  }

  /**
   * Reads the adapter; its tensors are those of {@code weights}.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError}
   */
  public static LitLlamaLora read(Checkpoint weights, OptionalDouble alpha) {
    Path file = weights.tensors().firstEntry().getValue().extent().file();
    double known = alpha.orElseThrow(() -> DeltaError.MISSING_ALPHA.at(file, ""));
    SortedMap<Integer, Tensor> downs = new TreeMap<>();
    SortedMap<Integer, Tensor> ups = new TreeMap<>();
    for (Tensor tensor : weights.tensors().values()) {
      Matcher name = NAME.matcher(tensor.name());
      if (!name.matches()) {
        throw DeltaError.UNKNOWN_TENSOR.at(file, tensor.name(), "a LoRA of lit-llama");
      }
      int layer = Integer.parseInt(name.group(1));
      SortedMap<Integer, Tensor> side = name.group(2).equals("A") ? downs : ups;
      if (side.put(layer, tensor) != null) {
        throw DeltaError.DUPLICATE_TENSOR.at(file, tensor.name(), layer);
      }
    }
    return new LitLlamaLora(file, known, downs, ups);
  }

  @Override
  public String text() {
    return "LoRA of lit-llama on fused layers";
  }

  /**
   * The same on the separate layers of a model in the layout of transformers.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError} or {@link
   *     org.m4fw.adapter.lora.LoraError}
   */
  @Override
  public LoraAdapter over(LoraBase base) {
    LoraBase.Heads geometry =
        base.attention().orElseThrow(() -> DeltaError.NOT_A_DECODER.at(file, ""));
    if (geometry.queries() != geometry.keyValues()) {
      throw DeltaError.GROUPED_HEADS.at(file, "", geometry.queries(), geometry.keyValues());
    }
    LoraAssembly assembly = new LoraAssembly(file);
    downs.forEach((layer, down) -> addDowns(assembly, layer, down));
    ups.forEach((layer, up) -> addUps(assembly, geometry, layer, up));
    return assembly.adapter(
        LoraScaling.ALPHA_OVER_RANK, file.toString(), assembly.declaredByShapes(alpha));
  }

  private void addDowns(LoraAssembly assembly, int layer, Tensor down) {
    Tensor up = ups.get(layer);
    List<String> layers = fused(down, up == null || up.shape().rank() != 2 ? 0 : up.shape().dim(1));
    long rank = down.shape().dim(0) / layers.size();
    for (int i = 0; i < layers.size(); i++) {
      assembly.addDown(point(layer, layers.get(i)), TensorRows.range(down, i * rank, rank));
    }
  }

  private List<String> fused(Tensor down, long rank) {
    if (down.shape().rank() == 2 && rank > 0 && down.shape().dim(0) == 2 * rank) {
      return TWO;
    }
    if (down.shape().rank() == 2 && rank > 0 && down.shape().dim(0) == 3 * rank) {
      return THREE;
    }
    throw DeltaError.NOT_FUSED.at(file, down.name(), down.shape());
  }

  private void addUps(LoraAssembly assembly, LoraBase.Heads geometry, int layer, Tensor up) {
    Tensor down = downs.get(layer);
    List<String> layers =
        down == null || up.shape().rank() != 2 ? TWO : fused(down, up.shape().dim(1));
    long out = (long) geometry.queries() * geometry.width();
    if (up.shape().rank() != 2 || up.shape().dim(0) != layers.size() * out) {
      Shape expected =
          Shape.of(layers.size() * out, up.shape().rank() == 2 ? up.shape().dim(1) : 1);
      throw DeltaError.WRONG_SHAPE.at(
          file, up.name(), up.shape(), expected, geometry.queries(), geometry.width());
    }
    for (int i = 0; i < layers.size(); i++) {
      Tensor rows = TensorRows.range(up, i * out, out);
      boolean turned = !layers.get(i).equals("v_proj");
      assembly.addUp(
          point(layer, layers.get(i)),
          turned ? TensorRows.halvesOfHeads(rows, geometry.width()) : rows);
    }
  }

  private static String point(int layer, String name) {
    return "model.layers.%s.self_attn.%s".formatted(layer, name);
  }
}
