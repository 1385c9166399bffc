package org.m4fw.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.NearNames;

/**
 * The index of a checkpoint in several files ({@code model.safetensors.index.json}): {@code
 * weight_map} gives each tensor's file. {@code metadata.total_size} is not used, as files in use
 * get it wrong where tensors are tied.
 *
 * @param shards the names of the tensors by the name of the file that holds them
 */
record ShardIndex(Path file, SortedMap<String, SortedSet<String>> shards) {
  private static final int LISTED = 20;

  static ShardIndex read(Path file) {
    Fields map = StrictJson.readObject(file).object("weight_map");
    SortedMap<String, SortedSet<String>> shards = new TreeMap<>();
    for (String tensor : map.names()) {
      String shard = map.string(tensor);
      if (!isPlain(shard)) {
        throw CheckpointError.BAD_SHARD_NAME.at(file, tensor, shard);
      }
      shards.computeIfAbsent(shard, name -> new TreeSet<>()).add(tensor);
    }
    if (shards.isEmpty()) {
      throw CheckpointError.EMPTY_INDEX.at(file, "weight_map");
    }
    return new ShardIndex(file, shards);
  }

  private static boolean isPlain(String name) {
    return name.matches("[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}");
  }

  /** Where a shard is. */
  Path path(String shard) {
    return file.resolveSibling(shard);
  }

  /** Refuses the checkpoint if a file is missing; names all that are. */
  void requireAll() {
    SortedSet<String> missing = new TreeSet<>();
    SortedSet<String> tensors = new TreeSet<>();
    shards.forEach(
        (shard, held) -> {
          if (!Files.exists(path(shard))) {
            missing.add(shard);
            tensors.addAll(held);
          }
        });
    if (!missing.isEmpty()) {
      int all = shards.values().stream().mapToInt(Set::size).sum();
      throw CheckpointError.SHARD_MISSING.at(
          file,
          NearNames.list(missing, LISTED),
          tensors.size(),
          all,
          NearNames.list(tensors, LISTED));
    }
  }

  /** Refuses a shard that does not hold exactly what the index says. */
  void check(String shard, SortedMap<String, Tensor> held) {
    SortedSet<String> expected = shards.getOrDefault(shard, new TreeSet<>());
    SortedSet<String> absent = new TreeSet<>(expected);
    absent.removeAll(held.keySet());
    if (!absent.isEmpty()) {
      throw CheckpointError.TENSOR_NOT_IN_SHARD.at(path(shard), "", NearNames.list(absent, LISTED));
    }
    SortedSet<String> unnamed = new TreeSet<>(held.keySet());
    unnamed.removeAll(expected);
    if (!unnamed.isEmpty()) {
      throw CheckpointError.TENSOR_NOT_IN_INDEX.at(
          path(shard), "", NearNames.list(unnamed, LISTED));
    }
  }
}
