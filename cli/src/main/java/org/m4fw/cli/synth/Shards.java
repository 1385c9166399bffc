package org.m4fw.cli.synth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.m4fw.checkpoint.TensorInfo;

/**
 * Spreads tensors over files as transformers does: in their order, a new file before one is too
 * large.
 */
final class Shards {
  private static final String SUFFIX = ".safetensors";

  private Shards() {}

  /**
   * The tensors of each file, by its name.
   *
   * @param path of the file if there is one
   * @param limit the bytes of a file; none for one file
   */
  static SequencedMap<String, List<TensorInfo>> of(
      String path, List<TensorInfo> tensors, OptionalLong limit) {
    List<List<TensorInfo>> groups = new ArrayList<>();
    long size = Long.MAX_VALUE;
    for (TensorInfo tensor : tensors) {
      boolean full = limit.isPresent() && size > limit.getAsLong() - tensor.byteSize();
      if (groups.isEmpty() || full) {
        groups.add(new ArrayList<>());
        size = 0;
      }
      groups.getLast().add(tensor);
      size += tensor.byteSize();
    }
    SequencedMap<String, List<TensorInfo>> files = new LinkedHashMap<>();
    if (groups.size() == 1) {
      files.put(path, groups.getFirst());
      return files;
    }
    String stem = path.substring(0, path.length() - SUFFIX.length());
    for (int i = 0; i < groups.size(); i++) {
      String name =
          String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, i + 1, groups.size(), SUFFIX);
      files.put(name, groups.get(i));
    }
    return files;
  }
}
