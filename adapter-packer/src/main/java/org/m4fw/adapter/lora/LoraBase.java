package org.m4fw.adapter.lora;

import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * What a base has for an adapter whose file does not call things as the base does.
 *
 * @param points where branches attach
 * @param heads the shapes of the weights that may be replaced, by name
 * @param convolutions the paths of those that adapters can add to; where the graph is compiled
 *     already those among the points
 * @param attention how the attention of its decoder is cut into heads, if it is one
 */
public record LoraBase(
    List<AttachmentPoint> points,
    SortedMap<String, Shape> heads,
    SortedSet<String> convolutions,
    Optional<Heads> attention) {
  public LoraBase {
    NavigableSet<String> all = new TreeSet<>(convolutions);
    points.stream()
        .filter(point -> !point.kernel().isEmpty())
        .map(AttachmentPoint::name)
        .forEach(all::add);
    convolutions = Collections.unmodifiableSortedSet(all);
    points = List.copyOf(points);
    heads = Collections.unmodifiableSortedMap(new TreeMap<>(heads));
  }

  /** One whose graphs are compiled already. */
  public LoraBase(
      List<AttachmentPoint> points, SortedMap<String, Shape> heads, Optional<Heads> attention) {
    this(points, heads, new TreeSet<>(), attention);
  }

  /**
   * The heads of a decoder's attention.
   *
   * @param queries how many query heads; unknown if only the shapes of layers tell
   * @param keyValues how many heads of keys, and of values
   * @param width of each
   */
  public record Heads(int queries, int keyValues, int width) {}
}
