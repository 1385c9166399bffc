package org.m4fw.targets;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A device, as its JSON file describes it ({@code docs/target.schema.json}).
 *
 * @param id how recipes and the command line name it: {@code pixel7pro-cpu}
 * @param description one line for people
 * @param runtime what runs graphs there, and in which arithmetic
 * @param operators what a graph may use, sorted by domain and name
 * @param encodings in which encodings and layouts it takes quantized weights
 * @param activations how it computes in whole numbers, if it does
 * @param figures what the machine has and can do at most, by name; each with its source
 */
public record Target(
    String id,
    String description,
    InferenceRuntime runtime,
    List<Operator> operators,
    List<EncodingSupport> encodings,
    Optional<ActivationSupport> activations,
    Map<FigureName, Figure> figures) {

  public Target {
    operators = operators.stream().sorted(Operator.ORDER).toList();
    encodings = List.copyOf(encodings);
    figures = Map.copyOf(figures);
  }

  /** Whether a graph for this target may use the operator. */
  public boolean supports(String domain, String operator) {
    return operator(domain, operator).isPresent();
  }

  /** The entry of an operator; {@code ""} and {@code ai.onnx} are the same domain. */
  public Optional<Operator> operator(String domain, String name) {
    String wanted = domain.isEmpty() ? Operator.ONNX : domain;
    return operators.stream()
        .filter(o -> o.domain().equals(wanted) && o.name().equals(name))
        .findFirst();
  }

  /**
   * The entry of an encoding by its id ({@code int8}, {@code int4-g64}), if it is taken as it is.
   */
  public Optional<EncodingSupport> encoding(String id) {
    return encodings.stream().filter(e -> e.encoding().equals(id)).findFirst();
  }

  /**
   * The encoding to use where {@code wanted} was asked for: the same if the target takes it,
   * otherwise the one with as many bits and the closest block size, the finer one of two; empty if
   * the target takes no encoding of that many bits.
   */
  public Optional<EncodingSupport> closestEncoding(String wanted) {
    Optional<EncodingSupport> same = encoding(wanted);
    return same.isPresent()
        ? same
        : encodings.stream()
            .filter(e -> e.family().equals(EncodingSupport.family(wanted)))
            .min(
                Comparator.comparingInt((EncodingSupport e) -> e.blockDistance(wanted))
                    .thenComparingInt(EncodingSupport::block));
  }

  public Optional<Figure> figure(FigureName name) {
    return Optional.ofNullable(figures.get(name));
  }
}
