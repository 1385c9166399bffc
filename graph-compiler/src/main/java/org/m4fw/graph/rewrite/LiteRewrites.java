package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Node;

/** The way of a legalized graph to what LiteRT has operators for. */
public final class LiteRewrites {
  private static final List<Rewrite> BEFORE_THE_CUT =
      List.of(new EmptyOperands(), new BatchedRows());
  private static final List<Rewrite> AFTER_THE_CUT =
      List.of(
          new ConstantRows(),
          new SplitSlices(),
          new LayerNorms(),
          new InstanceNorms(),
          new DivisionsByRoots(),
          new ReversedAxes(),
          new GroupedConvolutions(),
          new PlanarConvolutions(),
          new PlanarSequences(),
          new PositionProducts(),
          new SharedProducts(),
          new BroadcastProducts(),
          new LeadingAxes(),
          new ImageSequences(),
          new ReshapeChains());

  /** What devices that compute in whole numbers lack besides. */
  private static final List<Rewrite> FOR_WHOLE_NUMBERS =
      List.of(new ConstantDivisions(), new RootReciprocals(), new SigmoidGelus());

  /**
   * Counting, and comparing what was counted, is the host's where all of it follows from whole
   * numbers that are given.
   */
  private static final Set<String> COUNTING = Set.of("And", "CumSum", "GreaterOrEqual", "Less");

  /** No device has these in whole numbers. */
  private static final Set<String> FLOATING_ONLY = Set.of("Cos", "Exp", "Sin");

  private LiteRewrites() {}

  /** In what a device computes. */
  public sealed interface Arithmetic {
    record Floating() implements Arithmetic {}

    /**
     * In whole numbers.
     *
     * @param spread the results of softmax that 256ths of one do not hold
     */
    record Whole(SortedSet<String> spread) implements Arithmetic {
      public Whole {
        spread = Collections.unmodifiableSortedSet(new TreeSet<>(spread));
      }

      public Whole() {
        this(new TreeSet<>());
      }

      private List<Rewrite> passes() {
        List<Rewrite> passes = new ArrayList<>(FOR_WHOLE_NUMBERS);
        passes.add(new SigmoidSoftmaxes(spread));
        return passes;
      }
    }
  }

  /** All passes, in the order in which they run. */
  public static List<Rewrite> all() {
    return Stream.of(BEFORE_THE_CUT, AFTER_THE_CUT, new Arithmetic.Whole().passes())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * A graph on its way.
   *
   * @param cut what is the host's, and the device's graph rewritten
   * @param rewrites by the node of the device's graph that a pass made: the pass
   */
  public record Lowered(HostCut cut, SortedMap<String, String> rewrites) {
    public Lowered {
      rewrites = Collections.unmodifiableSortedMap(new TreeMap<>(rewrites));
    }
  }

  /**
   * Gives a graph fixed sizes, leaves to the host what is the host's, and rewrites the rest.
   *
   * @param file what it is, for messages
   * @param sizes of symbolic axes, by name
   * @param arithmetic the device's
   * @throws org.m4fw.base.problem.ProblemException with a {@link org.m4fw.graph.fixed.FixedError}
   */
  public static Lowered lower(
      String file, Graph graph, Map<String, Long> sizes, Arithmetic arithmetic) {
    SortedMap<String, String> rewrites = new TreeMap<>();
    FixedGraph bound = SizeBinding.bind(file, graph, sizes);
    HostCut cut = HostCut.cut(file, run(file, bound, BEFORE_THE_CUT, rewrites), hosts(arithmetic));
    FixedGraph exact = run(file, cut.device(), AFTER_THE_CUT, rewrites);
    FixedGraph device =
        switch (arithmetic) {
          case Arithmetic.Floating floating -> exact;
          case Arithmetic.Whole whole -> run(file, exact, whole.passes(), rewrites);
        };
    rewrites.keySet().retainAll(names(device));
    return new Lowered(new HostCut(cut.host(), device), rewrites);
  }

  private static Set<String> hosts(Arithmetic arithmetic) {
    Set<String> hosts = new TreeSet<>(COUNTING);
    if (arithmetic instanceof Arithmetic.Whole) {
      hosts.addAll(FLOATING_ONLY);
    }
    return hosts;
  }

  private static FixedGraph run(
      String file, FixedGraph graph, List<Rewrite> passes, SortedMap<String, String> rewrites) {
    FixedGraph current = graph;
    for (Rewrite pass : passes) {
      FixedGraph changed = pass.apply(file, current);
      Set<Node> before = new HashSet<>(current.graph().nodes());
      for (Node node : changed.graph().nodes()) {
        if (!before.contains(node)) {
          rewrites.put(node.name(), pass.id());
        }
      }
      current = changed;
    }
    return current;
  }

  private static Set<String> names(FixedGraph graph) {
    return graph.graph().nodes().stream().map(Node::name).collect(Collectors.toSet());
  }
}
