package org.m4fw.adapter.pack;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.checkpoint.Tensor;

/** The trained numbers of a package. */
public sealed interface PackagePayload {

  /** Low-rank branches and whole weights. */
  record Lora(LoraAdapter adapter) implements PackagePayload {}

  /** Virtual tokens. */
  record Prompt(SoftPrompt prompt) implements PackagePayload {}

  /** A tensor under the name that it has in a package. */
  record Named(String name, Tensor tensor) {}

  /** All of it, in no order. */
  default List<Named> tensors() {
    return switch (this) {
      case Lora(LoraAdapter adapter) ->
          Stream.concat(
                  adapter.pairs().stream()
                      .flatMap(
                          pair ->
                              Stream.concat(
                                  Stream.of(
                                      new Named(pair.point().inputA(), pair.down()),
                                      new Named(pair.point().inputB(), pair.up())),
                                  pair.magnitude().stream()
                                      .map(
                                          tensor ->
                                              new Named(
                                                  pair.point().name() + PackageWeights.MAGNITUDE,
                                                  tensor)))),
                  adapter.replaced().entrySet().stream()
                      .map(entry -> new Named(entry.getKey(), entry.getValue())))
              .toList();
      case Prompt(SoftPrompt prompt) -> List.of(new Named(PackageWeights.PROMPT, prompt.tensor()));
    };
  }

  /** What is odd about it though it can be used, one line each. */
  default List<String> warnings() {
    return this instanceof Lora(LoraAdapter adapter) ? adapter.warnings() : List.of();
  }

  /** What it claims towards an interface. */
  default AdapterClaim claim(Optional<AdapterClaim.Base> base) {
    return switch (this) {
      case Lora(LoraAdapter adapter) -> LoraClaim.of(adapter, base);
      case Prompt(SoftPrompt prompt) -> PromptClaim.of(prompt, base);
    };
  }
}
