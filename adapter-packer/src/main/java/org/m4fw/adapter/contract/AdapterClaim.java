package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Optional;
import org.m4fw.base.digest.Digest;

/**
 * What an adapter says about itself and about the base that it needs.
 *
 * @param kind such as {@code lora}
 * @param scaling such as {@code alpha/r}
 * @param base empty for adapters that are not bound yet
 */
public record AdapterClaim(String kind, String scaling, List<Point> points, Optional<Base> base) {

  /**
   * One layer that the adapter changes.
   *
   * @param dtypes of its matrices
   */
  public record Point(String name, long in, long out, int rank, List<String> dtypes) {}

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
