package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;

/** Batches of samples, one by one, as devices that want fixed sizes compute them. */
final class Batches {
  private static final String BATCH = "batch_size";

  private Batches() {}

  /**
   * The samples of a batch: as many as the largest one has; smaller ones, of other parts of a
   * model, start again from their first.
   *
   * @param graphs whose inputs say what is a batch: the first axis, where it may have any size
   */
  static List<SortedMap<String, Tensor>> singles(
      SortedMap<String, Tensor> batch, Collection<CompiledModel> graphs) {
    Set<String> batched = new TreeSet<>();
    long size = 1;
    for (CompiledModel graph : graphs) {
      for (Port port : graph.inputs().values()) {
        Tensor tensor = batch.get(port.name());
        if (tensor != null
            && tensor.shape().rank() > 0
            && tensor.shape().dim(0) > 0
            && !port.dims().isEmpty()
            && port.dims().getFirst() instanceof Port.Dim.Symbolic(String axis)) {
          batched.add(port.name());
          size = axis.equals(BATCH) ? Math.max(size, tensor.shape().dim(0)) : size;
        }
      }
    }
    List<SortedMap<String, Tensor>> singles = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      SortedMap<String, Tensor> single = new TreeMap<>(batch);
      for (String name : batched) {
        Tensor tensor = java.util.Objects.requireNonNull(batch.get(name));
        single.put(name, tensor.slice(i % tensor.shape().dim(0), 1));
      }
      singles.add(single);
    }
    return singles;
  }
}
