package org.m4fw.graph.cost;

/** A shape depends on what the graph computes, as the length of speech does on its text. */
final class UnknownShapeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnknownShapeException(String what) {
    super(what, null, false, false);
  }
}
