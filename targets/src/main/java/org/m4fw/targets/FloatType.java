package org.m4fw.targets;

/** The floating-point types that a target computes in. */
public enum FloatType {
  FLOAT32,
  FLOAT16
}
