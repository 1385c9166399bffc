package org.m4fw.adapter.lite;

import java.util.Optional;
import org.m4fw.checkpoint.Shape;

/**
 * An input of a graph that takes one matrix of an adapter.
 *
 * @param name that of the attachment point's A or B
 * @param shape A [rank, in], B [out, rank]
 * @param scale what a step of its whole numbers stands for, where it takes numbers of eight bits;
 *     else it takes F32
 */
public record LiteSlot(String name, Shape shape, Optional<Float> scale) {

  /** One that takes F32. */
  public LiteSlot(String name, Shape shape) {
    this(name, shape, Optional.empty());
  }
}
