package org.m4fw.adapter.pack;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.checkpoint.Tensor;

/** What a low-rank adapter claims towards an interface. */
public final class LoraClaim {
  private LoraClaim() {}

  /**
   * The claim.
   *
   * @param base what it is bound to; empty if to nothing yet
   */
  public static AdapterClaim of(LoraAdapter adapter, Optional<AdapterClaim.Base> base) {
    return of(adapter.scaling(), adapter.pairs(), adapter.replaced(), base);
  }

  static AdapterClaim of(
      LoraScaling scaling,
      List<LoraPair> pairs,
      SortedMap<String, Tensor> replaced,
      Optional<AdapterClaim.Base> base) {
    boolean dora = pairs.stream().anyMatch(pair -> pair.magnitude().isPresent());
    return new AdapterClaim(
        (dora ? PackageMethod.Kind.DORA : PackageMethod.Kind.LORA).id(),
        scaling.id(),
        pairs.stream().map(LoraClaim::point).toList(),
        heads(replaced),
        Optional.empty(),
        base);
  }

  private static List<AdapterClaim.Head> heads(SortedMap<String, Tensor> replaced) {
    List<AdapterClaim.Head> heads = new ArrayList<>();
    replaced.forEach(
        (name, tensor) ->
            heads.add(
                new AdapterClaim.Head(
                    name, tensor.shape().dims(), tensor.dtype().name().toLowerCase(Locale.ROOT))));
    return heads;
  }

  private static AdapterClaim.Point point(LoraPair pair) {
    List<String> dtypes =
        Stream.concat(Stream.of(pair.down(), pair.up()), pair.magnitude().stream())
            .map(tensor -> tensor.dtype().name().toLowerCase(Locale.ROOT))
            .distinct()
            .sorted()
            .toList();
    return new AdapterClaim.Point(
        pair.point().name(),
        pair.point().in(),
        pair.point().out(),
        pair.rank(),
        dtypes,
        pair.table(),
        pair.point().kernel());
  }
}
