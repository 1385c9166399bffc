package org.m4fw.adapter.delta;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.delta.DiffusionKey.Network;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.peft.PeftDeclaration;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.SafetensorsReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What diffusers writes beside the tensors of a LoRA since its version 0.34: in the metadata of the
 * safetensors file under {@code lora_adapter_metadata} a JSON object with the fields of PEFT's
 * configuration, each with the network in front: {@code unet.lora_alpha}, {@code text_encoder.r}.
 * Where a single network was saved alone, nothing is in front.
 */
final class DiffusionDeclarations {
  private static final String KEY = "lora_adapter_metadata";
  private static final int LONGEST = 1 << 20;

  private final Map<Network, PeftDeclaration> networks;

  private DiffusionDeclarations(Map<Network, PeftDeclaration> networks) {
    this.networks = networks;
  }

  /** That of a file that says nothing. */
  static DiffusionDeclarations none() {
    return new DiffusionDeclarations(new EnumMap<>(Network.class));
  }

  /**
   * Reads a file's.
   *
   * @param alpha what the user gave
   * @throws org.m4fw.base.problem.ProblemException with a {@link DeltaError}, or an error of JSON
   *     or PEFT's configuration
   */
  static DiffusionDeclarations read(Path file, OptionalDouble alpha) {
    if (!file.toString().endsWith(".safetensors")) {
      return none();
    }
    try (MappedFile mapped = MappedFile.open(file)) {
      String text = SafetensorsReader.read(mapped).metadata().get(KEY);
      return text == null ? none() : parse(file + ": " + KEY, text, alpha);
    }
  }

  private static DiffusionDeclarations parse(String source, String text, OptionalDouble alpha) {
    if (text.length() > LONGEST) {
      throw DeltaError.LONG_METADATA.at(source, "", text.length(), LONGEST);
    }
    JsonNode whole = StrictJson.parse(source, text.getBytes(StandardCharsets.UTF_8));
    Map<Network, ObjectNode> fields = new EnumMap<>(Network.class);
    boolean apart =
        Fields.of(source, whole).names().stream()
            .anyMatch(name -> name.startsWith("unet.") || name.startsWith("text_encoder."));
    for (String name : Fields.of(source, whole).names()) {
      for (Network network : Network.values()) {
        String prefix = apart ? prefix(network) : "";
        if (name.startsWith(prefix)) {
          fields
              .computeIfAbsent(network, key -> JsonNodeFactory.instance.objectNode())
              .set(name.substring(prefix.length()), whole.path(name));
        }
      }
    }
    Map<Network, PeftDeclaration> networks = new EnumMap<>(Network.class);
    fields.forEach(
        (network, config) ->
            networks.put(network, PeftDeclaration.read(Fields.of(source, config), alpha)));
    networks
        .values()
        .forEach(
            declared -> {
              if (declared.dora()) {
                throw DeltaError.UNSUPPORTED_TENSOR.at(
                    source, "use_dora", "DoRA of a denoiser or its text model");
              }
            });
    return new DiffusionDeclarations(networks);
  }

  private static String prefix(Network network) {
    return switch (network) {
      case UNET -> "unet.";
      case TEXT -> "text_encoder.";
    };
  }

  /**
   * The rank, and the alpha that gives the declared factor as alpha over it; empty if the file says
   * nothing of the network.
   */
  Optional<LoraAssembly.Declared> of(Network network, String layer) {
    return Optional.ofNullable(networks.get(network))
        .map(
            declared -> {
              var of = declared.of(layer);
              return new LoraAssembly.Declared(
                  of.rank(), declared.scaling().factor(of.alpha(), of.rank()) * of.rank());
            });
  }
}
