package org.m4fw.graph.shape;

/** A shape depends on what the graph computes, as the length of speech does on its text. */
public final class UnknownShapeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnknownShapeException(String what) {
    super(what, null, false, false);
  }
}
