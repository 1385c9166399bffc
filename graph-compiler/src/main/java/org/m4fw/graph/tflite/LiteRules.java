package org.m4fw.graph.tflite;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;

/**
 * What makes a file consistent: every number refers to something that is there, constants are as
 * large as their shapes say, and operations come in an order in which they can be computed.
 * Runtimes check little of this, and nothing at all in files over 2 GB.
 */
final class LiteRules {
  private final String file;
  private final LiteModel model;

  private LiteRules(String file, LiteModel model) {
    this.file = file;
    this.model = model;
  }

  /**
   * Refuses a model that is not consistent.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LiteError#INCONSISTENT}
   */
  static void require(String file, LiteModel model) {
    LiteRules rules = new LiteRules(file, model);
    rules.check(
        !model.buffers().isEmpty() && model.buffers().getFirst().size() == 0,
        "buffers",
        "a first buffer with content, or none",
        "an empty one");
    rules.check(!model.signatures().isEmpty(), "signatures", "none", "at least one");
    model.signatures().forEach(rules::signature);
  }

  private void check(boolean holds, String item, String found, String expected) {
    if (!holds) {
      throw LiteError.INCONSISTENT.at(file, item, found, expected);
    }
  }

  private void signature(Signature signature) {
    int count = signature.tensors().size();
    signature.tensors().forEach(tensor -> tensor(tensor, count));
    Set<Integer> there = new HashSet<>();
    for (int i = 0; i < count; i++) {
      if (isConstant(signature.tensors().get(i))) {
        there.add(i);
      }
    }
    signature
        .inputs()
        .forEach(
            (name, tensor) -> {
              reference(tensor, count, name);
              check(there.add(tensor), name, "an input that is constant", "a value");
            });
    for (int i = 0; i < signature.operations().size(); i++) {
      operation(signature.operations().get(i), i, signature.tensors(), there);
    }
    signature
        .outputs()
        .forEach(
            (name, tensor) -> {
              reference(tensor, count, name);
              check(there.contains(tensor), name, "an output that nothing gives", "a result");
            });
  }

  private static boolean isConstant(Tensor tensor) {
    return tensor.buffer() != 0;
  }

  private void reference(int tensor, int count, String item) {
    check(tensor >= 0 && tensor < count, item, "tensor " + tensor, "one of %s".formatted(count));
  }

  private void operation(Operation operation, int index, List<Tensor> tensors, Set<Integer> there) {
    String item = "operation %s, %s".formatted(index, operation.operator());
    check(operation.version() >= 1, item, "version " + operation.version(), "at least 1");
    for (int input : operation.inputs()) {
      if (input != -1) {
        reference(input, tensors.size(), item);
        check(
            there.contains(input),
            item,
            "an input that is not there yet: " + tensors.get(input).name(),
            "a constant, an input, or a result of an earlier operation");
      }
    }
    check(!operation.outputs().isEmpty(), item, "no output", "at least one");
    for (int output : operation.outputs()) {
      reference(output, tensors.size(), item);
      check(
          there.add(output),
          item,
          "a second value for " + tensors.get(output).name(),
          "one operation that gives it");
    }
  }

  private void tensor(Tensor tensor, int tensors) {
    String name = tensor.name();
    check(
        tensor.buffer() >= 0 && tensor.buffer() < model.buffers().size(),
        name,
        "buffer " + tensor.buffer(),
        "one of %s".formatted(model.buffers().size()));
    check(
        tensor.shape().stream().allMatch(size -> size >= 0),
        name,
        "shape " + tensor.shape(),
        "sizes that are known");
    long bytes;
    try {
      bytes = tensor.type().bytes(tensor.count());
    } catch (ArithmeticException e) {
      throw LiteError.INCONSISTENT.at(file, name, "shape " + tensor.shape(), "one that can be");
    }
    if (isConstant(tensor)) {
      long found = model.buffers().get(tensor.buffer()).size();
      check(found == bytes, name, found + " bytes", "%s for its shape".formatted(bytes));
    }
    tensor
        .quantization()
        .ifPresent(
            quantization -> {
              switch (quantization) {
                case Quantization.Affine affine -> affine(tensor, affine);
                case Quantization.Blocks blocks -> blocks(tensor, blocks, tensors);
              }
            });
  }

  private void affine(Tensor tensor, Quantization.Affine affine) {
    check(
        affine.scales().stream().allMatch(scale -> Float.isFinite(scale) && scale > 0),
        tensor.name(),
        "a scale that is not positive",
        "positive scales");
    boolean one = affine.scales().size() == 1;
    boolean axis =
        affine.axis() >= 0
            && affine.axis() < tensor.shape().size()
            && tensor.shape().get(affine.axis()) == affine.scales().size();
    check(
        (one || axis) && affine.zeroPoints().size() == affine.scales().size(),
        tensor.name(),
        "%s scales and %s zero points"
            .formatted(affine.scales().size(), affine.zeroPoints().size()),
        "one, or as many as its axis is long");
  }

  private void blocks(Tensor tensor, Quantization.Blocks blocks, int tensors) {
    reference(blocks.scales(), tensors, tensor.name());
    check(
        blocks.size() > 0
            && !tensor.shape().isEmpty()
            && tensor.shape().getLast() % blocks.size() == 0,
        tensor.name(),
        "blocks of " + blocks.size(),
        "a size by which its last axis can be divided");
  }
}
