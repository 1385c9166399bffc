package org.m4fw.quantizer.activation;

import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.Component;

/** A graph that is run on all samples, to look at values between its operators. */
final class GraphRuns implements AutoCloseable {
  private final String file;
  private final List<SortedMap<String, Tensor>> samples;
  private final Set<String> given;
  private final Set<String> computed;
  private final Component component;

  /**
   * @param values inputs, and values that operators give
   */
  GraphRuns(
      String name,
      CompiledModel model,
      String file,
      List<SortedMap<String, Tensor>> samples,
      Set<String> values) {
    this.file = file;
    this.samples = samples;
    this.given = new TreeSet<>(values);
    given.retainAll(model.inputs().keySet());
    this.computed = new TreeSet<>(values);
    computed.removeAll(given);
    this.component = Component.open(name, model.observing(computed));
  }

  /** Hands out every value of floating-point numbers of every sample. */
  void forEach(BiConsumer<String, float[]> taker) {
    for (SortedMap<String, Tensor> sample : samples) {
      one(sample, taker);
    }
  }

  /** All values of one sample. */
  SortedMap<String, float[]> sample(int index) {
    SortedMap<String, float[]> values = new TreeMap<>();
    sample(index, (name, numbers) -> values.put(name, numbers));
    return values;
  }

  /** Hands out the values of one sample, one after the other. */
  void sample(int index, BiConsumer<String, float[]> taker) {
    one(samples.get(index), taker);
  }

  int count() {
    return samples.size();
  }

  private void one(SortedMap<String, Tensor> sample, BiConsumer<String, float[]> taker) {
    for (String name : given) {
      Tensor tensor = sample.get(name);
      if (tensor != null && TensorFloats.canRead(tensor.dtype())) {
        taker.accept(name, TensorFloats.all(tensor));
      }
    }
    component.observe(
        file,
        sample,
        computed,
        (name, numbers) -> {
          float[] values = new float[numbers.remaining()];
          numbers.get(values);
          taker.accept(name, values);
        });
  }

  @Override
  public void close() {
    component.close();
  }
}
