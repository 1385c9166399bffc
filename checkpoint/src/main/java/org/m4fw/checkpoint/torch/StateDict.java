package org.m4fw.checkpoint.torch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.problem.NearNames;
import org.m4fw.checkpoint.torch.PickleValue.Entry;
import org.m4fw.checkpoint.torch.PickleValue.Mapping;
import org.m4fw.checkpoint.torch.PickleValue.TensorView;
import org.m4fw.checkpoint.torch.PickleValue.Text;

/**
 * Finds the tensors in what was saved: a dictionary from names to tensors, or one that holds such a
 * dictionary under {@code state_dict}, {@code model}, {@code module} or {@code generator} beside
 * other things (optimizer, arguments), which are passed over. The name of the wrapper is no part of
 * the names; dictionaries further inside give names with dots. A prefix {@code module.} that a name
 * itself has is left.
 */
final class StateDict {
  private static final List<String> WRAPPERS =
      List.of("state_dict", "model", "module", "generator");
  private static final int MAX_NAME = 4096;
  private static final int MAX_DEPTH = 16;

  /** A dictionary may be in many places; what is looked at is counted, not what there is. */
  private static final int MAX_VISITS = 1_000_000;

  private static final int SHOWN = 10;

  private final Path file;
  private int visits;

  private StateDict(Path file) {
    this.file = file;
  }

  /** The tensors of what was saved, by name. */
  static SortedMap<String, TensorView> tensors(Path file, PickleValue saved) {
    if (!(saved instanceof Mapping top)) {
      throw TorchError.NO_TENSORS.at(file, "", saved.kind());
    }
    return new StateDict(file).find(top);
  }

  private SortedMap<String, TensorView> find(Mapping top) {
    SortedMap<String, SortedMap<String, TensorView>> wrapped = new TreeMap<>();
    for (Entry entry : top.entries()) {
      if (entry.key() instanceof Text(String key)
          && WRAPPERS.contains(key)
          && entry.value() instanceof Mapping inner) {
        SortedMap<String, TensorView> tensors = new TreeMap<>();
        collect("", unwrapped(inner), 0, true, tensors);
        if (!tensors.isEmpty() && wrapped.put(key, tensors) != null) {
          throw TorchError.DUPLICATE_TENSOR.at(file, key);
        }
      }
    }
    if (wrapped.size() > 1) {
      throw TorchError.SEVERAL_MODELS.at(file, "", String.join(", ", wrapped.keySet()));
    }
    if (!wrapped.isEmpty()) {
      return wrapped.firstEntry().getValue();
    }
    SortedMap<String, TensorView> tensors = new TreeMap<>();
    collect("", top, 0, false, tensors);
    if (tensors.isEmpty()) {
      throw TorchError.NO_TENSORS.at(file, "", describe(top));
    }
    return tensors;
  }

  /** A wrapper may hold nothing but another. */
  private static Mapping unwrapped(Mapping outer) {
    Mapping mapping = outer;
    for (int depth = 0; depth < MAX_DEPTH && mapping.entries().size() == 1; depth++) {
      Entry only = mapping.entries().getFirst();
      if (!(only.key() instanceof Text(String key)
          && WRAPPERS.contains(key)
          && only.value() instanceof Mapping inner)) {
        break;
      }
      mapping = inner;
    }
    return mapping;
  }

  private void collect(
      String prefix,
      Mapping mapping,
      int depth,
      boolean nested,
      SortedMap<String, TensorView> tensors) {
    for (Entry entry : mapping.entries()) {
      if (++visits > MAX_VISITS || depth > MAX_DEPTH) {
        throw TorchError.NESTED.at(file, prefix, MAX_DEPTH);
      }
      if (entry.value() instanceof TensorView tensor) {
        String name = prefix + key(prefix, entry);
        if (tensors.put(name, tensor) != null) {
          throw TorchError.DUPLICATE_TENSOR.at(file, name);
        }
      } else if (nested && entry.value() instanceof Mapping inner && !inner.entries().isEmpty()) {
        collect(prefix + key(prefix, entry) + ".", inner, depth + 1, true, tensors);
      }
    }
  }

  private String key(String prefix, Entry entry) {
    if (entry.key() instanceof Text(String key) && prefix.length() + key.length() <= MAX_NAME) {
      return key;
    }
    throw TorchError.KEY.at(
        file,
        prefix,
        entry.key() instanceof Text ? "a longer string" : entry.key().kind(),
        MAX_NAME);
  }

  private static String describe(Mapping top) {
    List<String> keys = new ArrayList<>();
    for (Entry entry : top.entries()) {
      keys.add(
          entry.key() instanceof Text(String key)
              ? "'" + key.substring(0, Math.min(40, key.length())) + "'"
              : entry.key().kind());
      if (keys.size() > SHOWN) {
        break;
      }
    }
    return keys.isEmpty()
        ? "an empty dictionary"
        : "a dictionary with " + NearNames.list(keys, SHOWN);
  }
}
