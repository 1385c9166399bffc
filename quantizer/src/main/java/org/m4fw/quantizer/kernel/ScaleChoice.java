package org.m4fw.quantizer.kernel;

/** How the scale of a block of four-bit numbers is found. INT8 rows always take the first. */
public enum ScaleChoice {
  /** From the largest magnitude alone. */
  ABSMAX,
  /** The scale, among several around that one, with the lowest squared error of the block. */
  SEARCH
}
