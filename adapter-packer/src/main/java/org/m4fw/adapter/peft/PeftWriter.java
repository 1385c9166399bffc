package org.m4fw.adapter.peft;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a directory that PEFT's {@code from_pretrained} loads, and that {@link PeftReader} and
 * {@link PeftPromptReader} read as the same adapter: {@code adapter_config.json} and {@code
 * adapter_model.safetensors} with the numbers in their element types.
 *
 * <p>Layers are named by their whole paths. Ranks and alphas that most layers do not share are
 * patterns that begin with {@code ^}, so that none matches the end of another path.
 *
 * @see <a href="https://huggingface.co/docs/peft">PEFT</a>
 */
public final class PeftWriter {
  private static final String PREFIX = "base_model.model.";
  private static final String BIAS = ".bias";

  private PeftWriter() {}

  private record Named(String name, Tensor tensor) {}

  /**
   * Writes low-rank branches, and the weights of whole layers beside them.
   *
   * @param directory exists
   * @throws org.m4fw.base.problem.ProblemException with {@link PeftError#NOT_WRITABLE} if PEFT has
   *     no place for something
   */
  public static void write(LoraAdapter adapter, Path directory) {
    requireWritable(adapter);
    List<Named> tensors = new ArrayList<>();
    for (LoraPair pair : adapter.pairs()) {
      String layer = PREFIX + pair.point().name();
      tensors.add(
          new Named(
              layer + (pair.table() ? ".lora_embedding_A" : ".lora_A.weight"), pair.trainedDown()));
      tensors.add(
          new Named(
              layer + (pair.table() ? ".lora_embedding_B" : ".lora_B.weight"), pair.trainedUp()));
      pair.magnitude()
          .ifPresent(tensor -> tensors.add(new Named(layer + ".lora_magnitude_vector", tensor)));
    }
    adapter
        .replaced()
        .forEach((name, tensor) -> tensors.add(new Named(PREFIX + key(adapter, name), tensor)));
    write(directory, config(adapter), tensors);
  }

  /**
   * Writes virtual tokens.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link PeftError#NOT_WRITABLE} if they are
   *     keys and values: PEFT has to be told for how many layers
   */
  public static void write(SoftPrompt prompt, Path directory) {
    if (prompt.kind() == SoftPrompt.Kind.CACHE) {
      throw PeftError.NOT_WRITABLE.at(
          prompt.tensor().extent().file(),
          "",
          "it is prefix tuning, and only a base says for how many layers");
    }
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("inference_mode", true);
    config.put("num_transformer_submodules", 1);
    config.put("num_virtual_tokens", prompt.tensor().shape().dim(0));
    config.put("peft_type", PeftType.PROMPT_TUNING.name());
    config.put("prompt_tuning_init", "RANDOM");
    config.put("task_type", "CAUSAL_LM");
    config.put("token_dim", prompt.tensor().shape().dim(1));
    write(directory, config, List.of(new Named(PeftPromptReader.TENSOR, prompt.tensor())));
  }

  private static void requireWritable(LoraAdapter adapter) {
    if (adapter.pairs().isEmpty()) {
      throw PeftError.NOT_WRITABLE.at(
          adapter.replaced().values().stream()
              .map(tensor -> tensor.extent().file().toString())
              .findFirst()
              .orElse(""),
          "",
          "it holds no low-rank branches");
    }
    adapter
        .replaced()
        .forEach(
            (name, tensor) -> {
              if (!name.matches(".+\\.(weight|bias)")) {
                throw PeftError.NOT_WRITABLE.at(
                    tensor.extent().file(),
                    name,
                    "it replaces a number that is no layer's weight or bias");
              }
            });
  }

  private static String layer(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** Whether it is a bias that was trained by itself, and not with a layer as a whole. */
  private static boolean isBias(LoraAdapter adapter, String name) {
    return name.endsWith(BIAS) && !adapter.replaced().containsKey(layer(name) + ".weight");
  }

  private static boolean hasBranch(LoraAdapter adapter, String layer) {
    return adapter.pairs().stream().anyMatch(pair -> pair.point().name().equals(layer));
  }

  /** PEFT wraps the layers with branches, and their biases lie in what is wrapped. */
  private static String key(LoraAdapter adapter, String name) {
    return isBias(adapter, name) && hasBranch(adapter, layer(name))
        ? layer(name) + ".base_layer" + BIAS
        : name;
  }

  /** PEFT's word for which biases were trained. */
  private static String biases(LoraAdapter adapter) {
    List<String> trained =
        adapter.replaced().keySet().stream().filter(name -> isBias(adapter, name)).toList();
    if (trained.isEmpty()) {
      return "none";
    }
    return trained.stream().allMatch(name -> hasBranch(adapter, layer(name))) ? "lora_only" : "all";
  }

  private static ObjectNode config(LoraAdapter adapter) {
    int rank = usual(adapter, LoraPair::rank);
    double alpha = usual(adapter, LoraPair::alpha);
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    ObjectNode alphas = config.putObject("alpha_pattern");
    config.put("bias", biases(adapter));
    config.put("inference_mode", true);
    putNumber(config, "lora_alpha", alpha);
    var saved = config.putArray("modules_to_save");
    adapter.replaced().keySet().stream()
        .filter(name -> !isBias(adapter, name))
        .map(PeftWriter::layer)
        .distinct()
        .forEach(saved::add);
    config.put("peft_type", PeftType.LORA.name());
    config.put("r", rank);
    ObjectNode ranks = config.putObject("rank_pattern");
    var targets = config.putArray("target_modules");
    for (LoraPair pair : adapter.pairs()) {
      targets.add(pair.point().name());
      if (pair.rank() != rank) {
        ranks.put(pattern(pair), pair.rank());
      }
      if (pair.alpha() != alpha) {
        putNumber(alphas, pattern(pair), pair.alpha());
      }
    }
    config.put("use_dora", adapter.scalesRows());
    config.put("use_rslora", adapter.scaling() == LoraScaling.ALPHA_OVER_ROOT_RANK);
    return config;
  }

  /** What most pairs have; of several the smallest. */
  private static <T extends Comparable<T>> T usual(
      LoraAdapter adapter, Function<LoraPair, T> property) {
    Map<T, Long> counts =
        adapter.pairs().stream()
            .collect(Collectors.groupingBy(property, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .max(
            Map.Entry.<T, Long>comparingByValue()
                .thenComparing(Map.Entry.<T, Long>comparingByKey(Comparator.reverseOrder())))
        .orElseThrow()
        .getKey();
  }

  /** As trainers write it: whole numbers without a fraction. */
  private static void putNumber(ObjectNode object, String name, double value) {
    if (value == Math.rint(value)) {
      object.put(name, (long) value);
    } else {
      object.put(name, value);
    }
  }

  private static String pattern(LoraPair pair) {
    return "^" + pair.point().name().replaceAll("[^A-Za-z0-9_]", "\\\\$0");
  }

  private static void write(Path directory, ObjectNode config, List<Named> tensors) {
    OutputFile.write(
        directory.resolve(PeftReader.CONFIG),
        (config.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    List<Named> sorted =
        tensors.stream()
            .sorted(
                Comparator.comparingInt((Named named) -> -named.tensor().dtype().bytes())
                    .thenComparing(Named::name))
            .toList();
    List<TensorInfo> declared =
        sorted.stream()
            .map(
                named ->
                    new TensorInfo(named.name(), named.tensor().dtype(), named.tensor().shape()))
            .toList();
    try (OutputFile file = OutputFile.create(directory.resolve(PeftReader.WEIGHTS))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, declared, Map.of("format", "pt"));
      sorted.forEach(named -> writer.append(named.name(), named.tensor().data()));
      writer.finish();
      file.commit();
    }
  }
}
