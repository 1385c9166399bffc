package org.m4fw.adapter.pack;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.lora.LoraScaling;
import tools.jackson.databind.JsonNode;

/**
 * What the manifest of a package says beside id, version and sections.
 *
 * @param points sorted by name
 * @param licence an SPDX expression, if it was stated
 * @param task what the adapter is for, a JSON object without floats that only applications read
 * @param answerLimit how far answers on another base may be from the recorded ones: mean KL
 *     divergence in nats; empty for a package that was never bound
 */
public record PackageContent(
    AdapterClaim.Base base,
    LoraScaling scaling,
    List<Point> points,
    Optional<String> licence,
    Optional<JsonNode> task,
    OptionalDouble answerLimit) {
  public PackageContent {
    points = List.copyOf(points);
  }

  /** One layer that the adapter changes. */
  public record Point(String name, long in, long out, int rank, double alpha) {}
}
