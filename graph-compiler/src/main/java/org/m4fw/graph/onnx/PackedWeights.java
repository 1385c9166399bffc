package org.m4fw.graph.onnx;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Extent;

/**
 * One data file for the weights of several graphs of a component: each extent once, aligned to 4096
 * bytes, zeros between. Targets that read the same bytes share them.
 */
public final class PackedWeights {
  /** Pages of the smallest size; what ONNX asks external data to be aligned to. */
  public static final long ALIGNMENT = 4096;

  private final Map<Extent, Long> offsets = new LinkedHashMap<>();
  private final long size;

  private PackedWeights(List<Extent> extents) {
    long end = 0;
    for (Extent extent : extents) {
      if (!offsets.containsKey(extent)) {
        long offset = Math.ceilDiv(end, ALIGNMENT) * ALIGNMENT;
        offsets.put(extent, offset);
        end = offset + extent.length();
      }
    }
    this.size = end;
  }

  /** Packs the weights of these graphs, in this order. */
  public static PackedWeights of(List<CompiledModel> models) {
    return ofExtents(models.stream().flatMap(model -> model.extents().stream()).toList());
  }

  /** Packs these extents, in this order. */
  public static PackedWeights ofExtents(List<Extent> extents) {
    return new PackedWeights(extents);
  }

  /** What is packed, in the order of the file. */
  public List<Extent> extents() {
    return List.copyOf(offsets.keySet());
  }

  /** In bytes. */
  public long size() {
    return size;
  }

  /** Where an extent lies if the file has this name. */
  public Placement placement(Extent extent, String location) {
    Long offset = offsets.get(extent);
    if (offset == null) {
      throw new IllegalArgumentException("not packed: " + extent);
    }
    return new Placement(location, offset);
  }

  /** Appends the packed weights to a file that is aligned where it stands. */
  public void appendTo(OutputFile file) {
    long start = file.position();
    offsets.forEach(
        (extent, offset) -> {
          file.align(ALIGNMENT);
          if (file.position() != start + offset) {
            throw new IllegalStateException("the file was not aligned");
          }
          try (MappedFile source = MappedFile.open(extent.file())) {
            file.append(source.segment().asSlice(extent.offset(), extent.length()));
          }
        });
  }
}
