package org.m4fw.signing.trust;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.RequiredSignature;

/**
 * Changes to a trust root, or to none at all. A role that gets its first keys asks for one
 * signature of each class, unless thresholds are given; a role that loses its last keys is gone.
 *
 * @param add keys and their roles; a key that is there in another role changes it
 * @param remove ids of keys
 * @param thresholds by role and class; they replace those that are there
 */
public record RootEdit(
    List<TrustedKey> add, Set<String> remove, Map<Threshold, Integer> thresholds) {

  /** What a threshold is of. */
  public record Threshold(String role, AlgorithmClass algorithmClass)
      implements Comparable<Threshold> {
    private static final Comparator<Threshold> ORDER =
        Comparator.comparing(Threshold::role).thenComparing(Threshold::algorithmClass);

    @Override
    public int compareTo(Threshold other) {
      return ORDER.compare(this, other);
    }
  }

  public RootEdit {
    add = List.copyOf(add);
    remove = Set.copyOf(remove);
    thresholds = Map.copyOf(thresholds);
  }

  /**
   * The first root of a new chain.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError} if it is none
   */
  public TrustRoot begin(String source) {
    return apply(new TrustRoot(source, 1, false, List.of(), List.of()), source, 1);
  }

  /** The root that follows; errors as in {@link #begin}. */
  public TrustRoot next(TrustRoot previous, String source) {
    for (String id : remove) {
      if (previous.key(id).isEmpty()) {
        throw TrustRootError.NO_SUCH_KEY.at(previous.source(), id);
      }
    }
    return apply(previous, source, previous.version() + 1);
  }

  private TrustRoot apply(TrustRoot base, String source, int version) {
    Set<String> gone = new HashSet<>(remove);
    add.forEach(key -> gone.add(key.id()));
    List<TrustedKey> keys = new ArrayList<>();
    base.keys().stream().filter(key -> !gone.contains(key.id())).forEach(keys::add);
    keys.addAll(add);
    TrustRoot edited =
        new TrustRoot(source, version, base.development(), keys, required(base, keys));
    // Read again, so that no root is ever written that would not be read.
    return SignedRoot.parse(source, TrustRootFile.bytes(edited)).root();
  }

  private List<RequiredSignature> required(TrustRoot base, List<TrustedKey> keys) {
    SortedMap<Threshold, Integer> all = new TreeMap<>();
    for (TrustedKey key : keys) {
      for (AlgorithmClass algorithmClass : AlgorithmClass.values()) {
        all.put(new Threshold(key.role(), algorithmClass), 1);
      }
    }
    for (RequiredSignature r : base.required()) {
      all.replace(new Threshold(r.role(), r.algorithmClass()), r.threshold());
    }
    all.putAll(thresholds);
    return all.entrySet().stream()
        .map(
            e ->
                new RequiredSignature(e.getKey().role(), e.getKey().algorithmClass(), e.getValue()))
        .toList();
  }
}
