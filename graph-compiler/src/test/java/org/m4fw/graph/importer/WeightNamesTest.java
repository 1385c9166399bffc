package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class WeightNamesTest {
  @Test
  void layersAreNamedTogether() {
    List<String> names = new ArrayList<>(List.of("norm.weight", "layers.40.a", "layers.7.b"));
    IntStream.range(0, 33).forEach(i -> names.add("layers." + i + ".a"));
    assertEquals("layers.{0..32,40}.a, layers.7.b, norm.weight", WeightNames.list(names));
  }

  @Test
  void onlyTheFirstNumberIsThatOfALayer() {
    assertEquals(
        "ups.{0,2}.convs.1.bias, ups.0.convs.2.bias",
        WeightNames.list(
            List.of("ups.0.convs.1.bias", "ups.2.convs.1.bias", "ups.0.convs.2.bias")));
  }

  @Test
  void namesThatWouldFillScreensAreCounted() {
    List<String> names =
        IntStream.range(0, 1000).mapToObj(i -> "x".repeat(100) + i).sorted().toList();
    String list = WeightNames.list(names);
    assertTrue(list.length() < 20_000, list);
    assertTrue(list.endsWith(" more"), list);
  }
}
