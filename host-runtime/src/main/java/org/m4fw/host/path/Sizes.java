package org.m4fw.host.path;

import org.m4fw.graph.ir.Port;

/** What a graph says about the sizes that front ends have to make. */
final class Sizes {
  /** No front end makes more of anything along one axis. */
  private static final long MOST = 1 << 20;

  private Sizes() {}

  /**
   * The size of an axis that has to be fixed.
   *
   * @param name where the graph is from, for messages
   */
  static int of(String name, Port port, int axis) {
    if (axis < port.dims().size()
        && port.dims().get(axis) instanceof Port.Dim.Fixed(long size)
        && size > 0
        && size <= MOST) {
      return (int) size;
    }
    throw PathError.NO_SIZE.at(name, port.name(), port.describe(), axis);
  }
}
