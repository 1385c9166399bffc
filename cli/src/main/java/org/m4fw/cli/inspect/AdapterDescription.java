package org.m4fw.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.digest.Digest;
import org.m4fw.cli.adapter.PackageEvaluation;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Json;
import org.m4fw.signing.trust.Verifier;
import tools.jackson.databind.node.ObjectNode;

/** Describes adapters, packaged or as they were trained. */
public final class AdapterDescription {
  private AdapterDescription() {}

  /** What the package or directory holds; all of it is read and checked but its signatures. */
  public static Description of(Path path, OptionalDouble alpha) {
    return of(path, alpha, Optional.empty());
  }

  /** The same with whose signature under its evaluation counts. */
  public static Description of(Path path, OptionalDouble alpha, Optional<Verifier> verifier) {
    try (OpenAdapter open = Adapters.open(path, alpha)) {
      List<String> lines = new ArrayList<>();
      ObjectNode json = Description.json("adapter", path);
      json.put("packaged", open.packaged().isPresent());
      lines.add(
          "%s: %s"
              .formatted(path, open.packaged().isPresent() ? "an adapter package" : "an adapter"));
      open.packaged()
          .ifPresent(
              packaged -> {
                describe(packaged, lines, json);
                evaluation(packaged, verifier, lines, json);
              });
      switch (open.payload().orElse(null)) {
        case PackagePayload.Lora(LoraAdapter lora) -> AdapterContents.lora(lora, lines, json);
        case PackagePayload.Prompt(SoftPrompt prompt) ->
            AdapterContents.prompt(prompt, lines, json);
        case null -> AdapterContents.unresolved(open.kind(), lines, json);
      }
      return new Description(lines, json);
    }
  }

  private static void describe(AdapterPackage packaged, List<String> lines, ObjectNode json) {
    PackageContent content = packaged.content();
    lines.add("  %s %s".formatted(packaged.id(), packaged.version()));
    lines.add("  for %s %s".formatted(content.base().interfaceId(), content.base().versions()));
    content.maker().developer().ifPresent(developer -> lines.add("  by " + developer));
    content.licence().ifPresent(licence -> lines.add("  licence " + licence));
    content.base().builds().forEach(build -> lines.add("  bound to " + build));
    content
        .answerLimit()
        .ifPresent(
            limit ->
                lines.add(
                    "  known answers: %d, on other images up to KL %s nats off"
                        .formatted(packaged.answers().size(), Amounts.decimal(limit, 6))));
    json.put("id", packaged.id()).put("version", packaged.version());
    json.put("image_id", packaged.imageId().toString());
    json.put("interface", content.base().interfaceId());
    json.put("versions", content.base().versions().toString());
    json.put("weights", content.base().weights().toString());
    content.maker().developer().ifPresent(developer -> json.put("developer", developer));
    content.licence().ifPresent(licence -> json.put("licence", licence));
    Json.put(json, "bound_to", content.base().builds().stream().map(Digest::toString).toList());
    json.put("known_answers", packaged.answers().size());
    content.answerLimit().ifPresent(limit -> Json.put(json, "max_kl", limit));
    content.task().ifPresent(task -> json.set("task", task));
  }

  private static void evaluation(
      AdapterPackage packaged, Optional<Verifier> verifier, List<String> lines, ObjectNode json) {
    packaged.content().carried().ifPresent(carried -> carried(carried, lines, json));
    PackageEvaluation.of(packaged)
        .map(found -> EvaluationShown.of(found, verifier))
        .ifPresent(
            shown -> {
              lines.add("  " + shown.line());
              json.set("evaluation", shown.json());
            });
  }

  private static void carried(PackageContent.Carried carried, List<String> lines, ObjectNode json) {
    lines.add("  carried over by %s from %s".formatted(carried.method(), carried.from()));
    ObjectNode node = json.putObject("carried_from");
    node.put("package", carried.from().toString()).put("method", carried.method());
    carried
        .scores()
        .ifPresent(
            scores -> {
              lines.add(
                  "  NLL %s to %s there, %s to %s here: keeps %s %% of the gain, %s %% is the floor"
                      .formatted(
                          Amounts.decimal(scores.before(), 4),
                          Amounts.decimal(scores.beforeAdapted(), 4),
                          Amounts.decimal(scores.after(), 4),
                          Amounts.decimal(scores.afterAdapted(), 4),
                          Amounts.decimal(100 * scores.kept(), 1),
                          Amounts.decimal(100 * scores.floor(), 1)));
              Json.put(node, "nll_before", scores.before());
              Json.put(node, "nll_before_adapted", scores.beforeAdapted());
              Json.put(node, "nll_after", scores.after());
              Json.put(node, "nll_after_adapted", scores.afterAdapted());
              Json.put(node, "kept", scores.kept());
              Json.put(node, "floor", scores.floor());
            });
    CarriedAnswersShown.lines(carried.answers()).forEach(line -> lines.add("  " + line));
    node.set("known_answers", CarriedAnswersShown.json(carried.answers()));
  }
}
