package org.m4fw.graph.ir;

/** Where the numbers of a block lie around zero. */
public enum Symmetry {
  /** Zero is always the same integer; what every runtime takes. */
  SYMMETRIC,
  /**
   * Each block says which integer is zero, so that blocks whose numbers lean to one side lose less.
   */
  ASYMMETRIC
}
