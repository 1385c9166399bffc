package org.m4fw.graph.legalize;

import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** The causal mask from the lengths of queries and keys, which are known when the graph runs. */
final class CausalMaskLowering {
  private CausalMaskLowering() {}

  static void lower(Lowering to, Node node, Operator.CausalMask mask) {
    String output = node.outputs().getFirst();
    String queries = to.size(output + ".queries", node.inputs().get(0), mask.queryAxis());
    String keys = to.size(output + ".keys", node.inputs().get(1), mask.keyAxis());
    String zero = to.int64Scalar(0);
    String one = to.int64Scalar(1);
    String first = to.op("Sub", output + ".first", keys, queries);
    String columns = to.op("Range", output + ".columns", zero, keys, one);
    String positions = to.op("Range", output + ".positions", first, keys, one);
    String rows = to.op("Unsqueeze", output + ".rows", positions, to.ints(1));
    String seen = to.op("LessOrEqual", output + ".seen", columns, rows);
    to.op(
        "Where",
        output,
        seen,
        to.real("const.mask.open", to.arithmetic(), 0f),
        to.real("const.mask.closed", to.arithmetic(), -30_000f));
  }
}
