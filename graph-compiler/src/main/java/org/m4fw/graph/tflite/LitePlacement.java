package org.m4fw.graph.tflite;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;
import org.m4fw.targets.Operator;
import org.m4fw.targets.Target;

/**
 * Where an operation of a file runs: on the device, if its list takes it as it is in the file, else
 * on the CPU, where LiteRT has all operators. Written from the list alone; knows nothing of how the
 * file was made.
 *
 * @param rule what decided it
 */
public record LitePlacement(Operation operation, boolean onDevice, String rule) {

  /** The operations of a graph, in their order. */
  public static List<LitePlacement> of(Signature graph, Target target) {
    return graph.operations().stream()
        .map(
            operation ->
                refusal(operation, graph, target)
                    .map(rule -> new LitePlacement(operation, false, rule))
                    .orElseGet(() -> new LitePlacement(operation, true, accepted(target))))
        .toList();
  }

  /** How many pieces a device gets: runs of operations of its own, one after the other. */
  public static int pieces(List<LitePlacement> placements) {
    int pieces = 0;
    boolean before = false;
    for (LitePlacement placement : placements) {
      pieces += placement.onDevice() && !before ? 1 : 0;
      before = placement.onDevice();
    }
    return pieces;
  }

  private static String accepted(Target target) {
    return "%s lists it, and it is within the list's limits".formatted(target.id());
  }

  private static Optional<String> refusal(Operation operation, Signature graph, Target target) {
    Optional<Operator> listed = target.operator(Operator.LITE, operation.operator().name());
    if (listed.isEmpty()) {
      return Optional.of("%s does not list it".formatted(target.id()));
    }
    Operator.Limits limits = listed.get().limits();
    if (limits.maxVersion() > 0 && operation.version() > limits.maxVersion()) {
      return Optional.of(
          "version %s, at most %s".formatted(operation.version(), limits.maxVersion()));
    }
    for (int i = 0; i < operation.inputs().size(); i++) {
      int input = operation.inputs().get(i);
      boolean constant = input >= 0 && graph.tensors().get(input).buffer() != 0;
      if (limits.constants().contains(i)) {
        if (!constant) {
          return Optional.of("input %s has to be constant".formatted(i));
        }
      } else if (input >= 0) {
        Optional<String> refused = refusal(graph.tensors().get(input), limits);
        if (refused.isPresent()) {
          return refused;
        }
      }
    }
    return operation.outputs().stream()
        .flatMap(output -> refusal(graph.tensors().get(output), limits).stream())
        .findFirst();
  }

  private static Optional<String> refusal(Tensor tensor, Operator.Limits limits) {
    if (!limits.types().isEmpty() && !limits.types().contains(tensor.type().name())) {
      return Optional.of(
          "%s is %s, which is none of %s"
              .formatted(tensor.name(), tensor.type(), String.join(", ", limits.types())));
    }
    if (limits.maxRank() > 0 && tensor.shape().size() > limits.maxRank()) {
      return Optional.of(
          "%s has %s axes, at most %s"
              .formatted(tensor.name(), tensor.shape().size(), limits.maxRank()));
    }
    return Optional.empty();
  }
}
