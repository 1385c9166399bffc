package org.m4fw.quantizer;

import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;

/** The encodings that a weight can be brought into. */
public final class Encodings {
  private static final List<Encoding> ALL =
      List.of(
          new Encoding.Plain(DType.F32),
          new Encoding.Plain(DType.F16),
          new Encoding.Int8PerChannel(),
          new Encoding.Int4Blocks(32, Symmetry.ASYMMETRIC),
          new Encoding.Int4Blocks(32),
          new Encoding.Int4Blocks(64, Symmetry.ASYMMETRIC),
          new Encoding.Int4Blocks(64),
          new Encoding.Int4Blocks(128, Symmetry.ASYMMETRIC),
          new Encoding.Int4Blocks(128));

  private Encodings() {}

  /** All of them, from the widest to the narrowest. */
  public static List<Encoding> all() {
    return ALL;
  }

  /** By the id, or by {@code int4}, which is short for {@code int4-g32}. */
  public static Optional<Encoding> find(String id) {
    String full = id.equals("int4") ? "int4-g32" : id;
    return ALL.stream().filter(encoding -> encoding.id().equals(full)).findFirst();
  }

  static List<String> ids() {
    return ALL.stream().map(Encoding::id).toList();
  }
}
