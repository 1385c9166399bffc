package org.m4fw.targets;

import java.util.Optional;

/**
 * What executes graphs on a target.
 *
 * @param name product, version and backend, for people
 * @param format how a graph has to be written
 * @param opset the version of the {@code ai.onnx} operator set to write graphs in
 * @param irVersion the version of the ONNX file format to write
 * @param arithmetic the type of activations and of the graph's floating-point inputs and outputs
 * @param keyValueCache the type of the key/value cache
 * @param accuracyLevel {@code MatMulNBits.accuracy_level}: 0 and 1 keep activations in {@code
 *     arithmetic}, 4 allows eight-bit activations per block, which is what is fast on CPUs
 * @param host for a runtime that computes in floating point or whole numbers only: the target that
 *     does what is not its work, such as looking tokens up
 * @param engineBuilder the program with which the device makes an engine of a graph before it runs
 *     it, if it does
 * @param source where this is from
 */
public record InferenceRuntime(
    String name,
    GraphFormat format,
    int opset,
    int irVersion,
    FloatType arithmetic,
    FloatType keyValueCache,
    int accuracyLevel,
    Optional<String> host,
    Optional<EngineBuilder> engineBuilder,
    String source) {

  /** What makes an engine of a graph, on the device itself. */
  public enum EngineBuilder {
    /** TensorRT's own, for strongly typed networks with profiles of input sizes. */
    TRTEXEC
  }

  /** How a graph is written. */
  public enum GraphFormat {
    ONNX,
    /** A TensorFlow Lite flatbuffer with fixed sizes. */
    LITERT
  }
}
