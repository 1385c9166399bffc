package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Optional;
import org.m4fw.base.digest.Digest;

/**
 * What an adapter says about itself and about the base that it needs.
 *
 * @param kind such as {@code lora}
 * @param scaling such as {@code alpha/r}
 * @param heads the weights that it replaces
 * @param prompt what it puts in front of the user's input
 * @param base empty for adapters that are not bound yet
 */
public record AdapterClaim(
    String kind,
    String scaling,
    List<Point> points,
    List<Head> heads,
    Optional<Prompt> prompt,
    Optional<Base> base) {
  public AdapterClaim {
    points = List.copyOf(points);
    heads = List.copyOf(heads);
  }

  /** One that has low-rank branches only. */
  public AdapterClaim(String kind, String scaling, List<Point> points, Optional<Base> base) {
    this(kind, scaling, points, List.of(), Optional.empty(), base);
  }

  /**
   * One weight that it replaces.
   *
   * @param dtype in which it is stored
   */
  public record Head(String name, List<Long> shape, String dtype) {
    public Head {
      shape = List.copyOf(shape);
    }
  }

  /**
   * What it puts in front.
   *
   * @param numbers that stand for a token
   */
  public record Prompt(InterfacePrompt.Kind kind, long tokens, long numbers) {}

  /**
   * One layer, table of tokens or convolution that the adapter changes.
   *
   * @param dtypes of its matrices
   * @param kernel sizes of a convolution's kernel; empty for all else
   */
  public record Point(
      String name,
      long in,
      long out,
      int rank,
      List<String> dtypes,
      boolean table,
      List<Long> kernel) {
    public Point {
      dtypes = List.copyOf(dtypes);
      kernel = List.copyOf(kernel);
    }

    /** A layer. */
    public Point(String name, long in, long out, int rank, List<String> dtypes) {
      this(name, in, out, rank, dtypes, false, List.of());
    }
  }

  /**
   * What the adapter was bound to.
   *
   * @param tokenizer of the base; empty if it had none
   * @param weights of the base before quantization
   * @param builds the images that it was run on, sorted; empty if it was never bound to one
   */
  public record Base(
      String interfaceId,
      VersionRange versions,
      Optional<Digest> tokenizer,
      Digest weights,
      List<Digest> builds) {
    public Base {
      builds = List.copyOf(builds);
    }
  }
}
