package org.m4fw.checkpoint.torch;

import java.util.Arrays;
import java.util.Optional;

/**
 * The functions and classes that a pickle may name. None of them exists here: {@link TorchObjects}
 * says what their results would be.
 */
enum TorchFunction {
  ORDERED_DICT("collections.OrderedDict"),
  REBUILD_TENSOR("torch._utils._rebuild_tensor"),
  REBUILD_TENSOR_V2("torch._utils._rebuild_tensor_v2"),
  REBUILD_TENSOR_V3("torch._utils._rebuild_tensor_v3"),
  REBUILD_PARAMETER("torch._utils._rebuild_parameter"),
  REBUILD_PARAMETER_WITH_STATE("torch._utils._rebuild_parameter_with_state"),
  SIZE("torch.Size"),
  DEVICE("torch.device"),
  /** Training arguments beside the weights, as fairseq writes them; never looked into. */
  NAMESPACE("argparse.Namespace");

  private final String python;

  TorchFunction(String python) {
    this.python = python;
  }

  /** Module and name, as Python spells them. */
  String python() {
    return python;
  }

  static Optional<TorchFunction> of(String python) {
    return Arrays.stream(values()).filter(known -> known.python.equals(python)).findFirst();
  }
}
