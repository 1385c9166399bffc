package org.m4fw.checkpoint;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import org.m4fw.checkpoint.packed.PackedMatrix;
import tools.jackson.databind.node.ObjectNode;

/**
 * A checkpoint whose quantized matrices have been brought into forms that are known here.
 *
 * @param config with a {@code quantization_config} of m4fw's own for what was repacked
 * @param notes what a user should know of it, one line each
 */
record Unpacked(SortedMap<String, Tensor> tensors, Optional<Fields> config, List<String> notes) {

  /** Collects what is repacked and what is not. */
  static final class Builder {
    private final UnpackedCopies copies;
    private final ObjectNode entries;
    private final SortedMap<String, Integer> reasons = new TreeMap<>();
    private int exact;

    Builder(UnpackedCopies copies, ObjectNode entries) {
      this.copies = copies;
      this.entries = entries;
    }

    /** Repacks the matrix, if it can be done exactly. */
    void add(String name, PackedMatrix matrix, boolean asNumbers, String otherwise) {
      Optional<PackedMatrix.Blocks> blocks = matrix.blocks().filter(found -> !asNumbers);
      if (blocks.isEmpty()) {
        copies.values(name, matrix);
        reasons.merge(otherwise, 1, Integer::sum);
        return;
      }
      PackedMatrix.Blocks found = blocks.get();
      copies.blocks(name, matrix, found);
      exact++;
      ObjectNode entry = entries.putObject(name);
      entry.put("encoding", "int4-g" + found.size() + (found.symmetric() ? "" : "-asym"));
      entry.putArray("shape").add(matrix.rows()).add(matrix.columns());
    }

    List<String> notes(String kind) {
      return reasons.entrySet().stream()
          .map(
              reason ->
                  "%s: %s of %s quantized matrices cannot be repacked (%s) and are read as f32:"
                          .formatted(
                              kind,
                              reason.getValue(),
                              exact + reasons.values().stream().mapToInt(Integer::intValue).sum(),
                              reason.getKey())
                      + " to quantize them anew adds an error to the one they have, which the report"
                      + " shows")
          .toList();
    }
  }
}
