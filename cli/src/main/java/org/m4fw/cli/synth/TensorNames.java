package org.m4fw.cli.synth;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorInfo;
import tools.jackson.databind.JsonNode;

/**
 * Writes patterns of names out. Neighbouring patterns that are the same up to their first numbers
 * are written out together, so that the tensors of a layer stay together as in published files.
 */
final class TensorNames {
  private final Sizes sizes;
  private final DType dtype;
  private final List<TensorInfo> tensors = new ArrayList<>();

  private TensorNames(Sizes sizes, DType dtype) {
    this.sizes = sizes;
    this.dtype = dtype;
  }

  static List<TensorInfo> of(
      SequencedMap<String, List<JsonNode>> patterns, Sizes sizes, DType dtype) {
    TensorNames names = new TensorNames(sizes, dtype);
    names.expand(
        patterns.entrySet().stream().map(e -> Map.entry(e.getKey(), e.getValue())).toList());
    return names.tensors;
  }

  private void expand(List<Map.Entry<String, List<JsonNode>>> patterns) {
    for (int from = 0; from < patterns.size(); ) {
      String pattern = patterns.get(from).getKey();
      int open = pattern.indexOf('{');
      if (open < 0) {
        tensors.add(new TensorInfo(pattern, dtype, shape(patterns.get(from).getValue())));
        from++;
        continue;
      }
      String prefix = pattern.substring(0, pattern.indexOf('}') + 1);
      int to = from;
      while (to < patterns.size() && patterns.get(to).getKey().startsWith(prefix)) {
        to++;
      }
      long[] range = range(prefix.substring(open + 1, prefix.length() - 1));
      for (long i = range[0]; i <= range[1]; i++) {
        String numbered = prefix.substring(0, open) + i;
        expand(
            patterns.subList(from, to).stream()
                .map(e -> Map.entry(numbered + e.getKey().substring(prefix.length()), e.getValue()))
                .toList());
      }
      from = to;
    }
  }

  /** First and last number. */
  private long[] range(String numbers) {
    int dots = numbers.indexOf("..");
    return dots < 0
        ? new long[] {0, sizes.of(numbers) - 1}
        : new long[] {
          Long.parseLong(numbers.substring(0, dots)), Long.parseLong(numbers.substring(dots + 2))
        };
  }

  private Shape shape(List<JsonNode> dims) {
    return new Shape(
        dims.stream()
            .map(dim -> dim.isString() ? sizes.of(dim.stringValue()) : dim.longValue())
            .toList());
  }
}
