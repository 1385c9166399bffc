package org.m4fw.adapter.delta;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraKey;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;

/**
 * Reads the trained part of a PandaGPT model, which is state of PEFT as it is in memory: {@code
 * llama_model.base_model.model.<layer>.lora_A.default.weight}, behind {@code module.} where
 * DeepSpeed saved it. Beside it lies the projection from the encoder, {@code llama_proj}, which is
 * no part of the language model. Su et al., "PandaGPT" (2023).
 */
public final class PandaGptReader {
  private static final String PARALLEL = "module.";
  private static final String MODEL = "llama_model.";
  private static final String PROJECTION = "llama_proj.";

  private PandaGptReader() {}

  /** Whether the tensors have these names. */
  public static boolean recognises(Checkpoint weights) {
    return weights.tensors().keySet().stream()
        .anyMatch(
            name -> bare(name).startsWith(MODEL) && LoraKey.parse(key(bare(name))).isPresent());
  }

  /**
   * Reads the adapter; its tensors are those of {@code weights}.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError} or {@link
   *     org.m4fw.adapter.lora.LoraError}
   */
  public static LoraAdapter read(Checkpoint weights, OptionalDouble alpha) {
    Path file = weights.tensors().firstEntry().getValue().extent().file();
    double known = alpha.orElseThrow(() -> DeltaError.MISSING_ALPHA.at(file, ""));
    LoraAssembly assembly = new LoraAssembly(file);
    boolean projection = false;
    for (Tensor tensor : weights.tensors().values()) {
      String name = bare(tensor.name());
      if (name.startsWith(PROJECTION)) {
        projection = true;
        continue;
      }
      Optional<LoraKey> key = name.startsWith(MODEL) ? LoraKey.parse(key(name)) : Optional.empty();
      add(file, assembly, tensor, key);
    }
    LoraAdapter adapter =
        assembly.adapter(
            LoraScaling.ALPHA_OVER_RANK, file.toString(), assembly.declaredByShapes(known));
    return projection ? withWarning(adapter) : adapter;
  }

  private static void add(Path file, LoraAssembly assembly, Tensor tensor, Optional<LoraKey> key) {
    LoraKey known =
        key.filter(found -> found.part() == LoraKey.Part.DOWN || found.part() == LoraKey.Part.UP)
            .orElseThrow(
                () -> DeltaError.UNKNOWN_TENSOR.at(file, tensor.name(), "a PandaGPT adapter"));
    boolean fresh =
        known.part() == LoraKey.Part.DOWN
            ? assembly.addDown(known.layer(), tensor)
            : assembly.addUp(known.layer(), tensor);
    if (!fresh) {
      throw DeltaError.DUPLICATE_TENSOR.at(file, tensor.name(), known.layer());
    }
  }

  private static LoraAdapter withWarning(LoraAdapter adapter) {
    List<String> warnings = new ArrayList<>(adapter.warnings());
    warnings.add("llama_proj projects from an encoder; the language model does not use it");
    return new LoraAdapter(adapter.scaling(), adapter.pairs(), warnings);
  }

  private static String bare(String name) {
    return name.startsWith(PARALLEL) ? name.substring(PARALLEL.length()) : name;
  }

  private static String key(String name) {
    return LoraKey.bare(name.substring(MODEL.length()));
  }
}
