package org.m4fw.cli.answer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;

/**
 * Inputs for a component of which nobody has real ones: normally distributed numbers, and ids that
 * its embeddings have rows for, the same for the same component. They say how far quantization
 * moves what it computes, not whether it still does its task.
 */
public final class SeededInputs {
  /** What reports call them. */
  public static final String NAME = "seeded inputs";

  private static final long SEED = 1;

  /**
   * Sizes that are known only when a graph runs; networks that halve images need a power of two.
   */
  private static final long LENGTH = 16;

  /** Sizes by which the same is computed several times. */
  private static final Set<String> SINGLE = Set.of("batch_size", "timesteps", "clips", "samples");

  /** For ids of what is no embedding, such as steps of a diffusion. */
  private static final int FEW = 100;

  private SeededInputs() {}

  /** All inputs of all parts that no part gives. */
  public static SortedMap<String, Tensor> of(Model model, Arena arena) {
    Set<String> given = new HashSet<>();
    model.parts().values().forEach(part -> part.outputs().forEach(out -> given.add(out.name())));
    Random random = new Random(SEED);
    SortedMap<String, Tensor> inputs = new TreeMap<>();
    for (Graph part : model.parts().values()) {
      for (Port port : part.inputs()) {
        if (!given.contains(port.name()) && !inputs.containsKey(port.name())) {
          inputs.put(port.name(), tensor(port, ids(part), random, arena));
        }
      }
    }
    return inputs;
  }

  /** The ids that all embeddings of a part have rows for are less than this. */
  static int ids(Graph part) {
    return (int)
        part.weights().values().stream()
            .filter(weight -> weight.role() == Weight.Role.EMBEDDING)
            .mapToLong(weight -> weight.shape().dim(0))
            .filter(rows -> rows > 1)
            .min()
            .stream()
            .map(rows -> Math.min(rows, 1 << 20))
            .findFirst()
            .orElse(FEW);
  }

  private static Tensor tensor(Port port, int ids, Random random, Arena arena) {
    Shape shape = shape(port);
    boolean whole = whole(port);
    MemorySegment data = arena.allocate(Math.max(1, shape.count() * (whole ? 8 : 4)), 8);
    for (long i = 0; i < shape.count(); i++) {
      if (whole) {
        data.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextInt(ids));
      } else {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
    }
    return new Tensor(
        port.name(),
        whole ? DType.I64 : DType.F32,
        shape,
        new Extent(Path.of(NAME), 0, data.byteSize()),
        data);
  }

  /** Whether an input takes whole numbers. */
  static boolean whole(Port port) {
    return port.type() != ElementType.FLOAT32 && port.type() != ElementType.FLOAT16;
  }

  /** The shape of an input, with small sizes where the graph leaves them open. */
  static Shape shape(Port port) {
    return Shape.of(
        port.dims().stream()
            .mapToLong(
                dim ->
                    switch (dim) {
                      case Port.Dim.Fixed fixed -> fixed.size();
                      case Port.Dim.Symbolic symbolic ->
                          SINGLE.contains(symbolic.name()) ? 1 : LENGTH;
                    })
            .toArray());
  }
}
