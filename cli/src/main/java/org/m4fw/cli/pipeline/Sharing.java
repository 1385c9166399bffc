package org.m4fw.cli.pipeline;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.onnx.CompiledModel;

/** How much of a component's weights its targets have in common. */
final class Sharing {
  private final ComponentBuild component;
  private final SortedMap<String, SortedMap<String, EncodedWeight>> versions = new TreeMap<>();
  private final Map<String, Set<Extent>> reads = new LinkedHashMap<>();

  private Sharing(ComponentBuild component) {
    this.component = component;
    for (ComponentBuild.Made made : component.targets()) {
      String target = made.model().target().id();
      made.model().weights().forEach((name, weight) -> version(name, target, weight));
      Set<Extent> own = new HashSet<>();
      for (CompiledModel graph : made.model().parts().values()) {
        own.addAll(graph.extents());
      }
      reads.put(target, own);
    }
    for (ComponentBuild.Lite lite : component.lite()) {
      String target = lite.model().target().id();
      lite.model().hostWeights().forEach((name, weight) -> version(name, target, weight));
      lite.model().weights().forEach((name, weight) -> version(name, target, weight));
      reads.put(target, new HashSet<>(lite.model().extents()));
    }
  }

  static Sharing of(ComponentBuild component) {
    return new Sharing(component);
  }

  private void version(String name, String target, EncodedWeight weight) {
    versions.computeIfAbsent(name, n -> new TreeMap<>()).put(target, weight);
  }

  /**
   * A weight that not all targets read from the same bytes.
   *
   * @param encodings by target; targets with the same encoding want its bytes in another layout
   * @param bytes of all its versions
   */
  record NotShared(String name, SortedMap<String, String> encodings, long bytes) {}

  /**
   * Bytes of the section of weights that not all targets read.
   *
   * @param offset in the section
   * @param weight that they are of
   * @param what of the weight: {@code data}, {@code scales}, {@code zero points}
   * @param readers the targets that read them
   * @param why not the others, by target
   */
  record Range(
      long offset,
      long bytes,
      String weight,
      String what,
      SortedSet<String> readers,
      SortedMap<String, String> why) {}

  /** The weights that are stored more than once, in the order of their names. */
  List<NotShared> notShared() {
    List<NotShared> found = new ArrayList<>();
    versions.forEach(
        (name, byTarget) -> {
          Set<Extent> data = new HashSet<>();
          Set<Extent> all = new HashSet<>();
          SortedMap<String, String> encodings = new TreeMap<>();
          byTarget.forEach(
              (target, weight) -> {
                data.add(weight.data());
                all.add(weight.data());
                weight.scales().ifPresent(all::add);
                weight.zeroPoints().ifPresent(all::add);
                encodings.put(target, weight.encoding().id());
              });
          if (data.size() > 1) {
            long bytes = all.stream().mapToLong(Extent::length).sum();
            found.add(new NotShared(name, encodings, bytes));
          }
        });
    return found;
  }

  /** The bytes that the graphs of more than one target read. */
  long bytes() {
    Set<Extent> once = new HashSet<>();
    Set<Extent> shared = new HashSet<>();
    for (Set<Extent> own : reads.values()) {
      for (Extent extent : own) {
        if (!once.add(extent)) {
          shared.add(extent);
        }
      }
    }
    return shared.stream().mapToLong(Extent::length).sum();
  }

  /** All bytes that not every target reads, in the order of the section. */
  List<Range> ranges() {
    Map<Extent, Owner> owners = owners();
    List<Range> ranges = new ArrayList<>();
    for (Extent extent : component.packed().extents()) {
      SortedSet<String> readers = new TreeSet<>();
      reads.forEach(
          (target, own) -> {
            if (own.contains(extent)) {
              readers.add(target);
            }
          });
      if (readers.size() < reads.size()) {
        Owner owner = requireNonNull(owners.get(extent));
        SortedMap<String, String> why = new TreeMap<>();
        for (String target : reads.keySet()) {
          if (!readers.contains(target)) {
            why.put(target, why(target, readers.first(), owner));
          }
        }
        ranges.add(
            new Range(
                component.packed().placement(extent, "").offset(),
                extent.length(),
                owner.weight(),
                owner.what(),
                readers,
                why));
      }
    }
    return ranges;
  }

  private record Owner(String weight, String what) {}

  private Map<Extent, Owner> owners() {
    Map<Extent, Owner> owners = new HashMap<>();
    versions.forEach(
        (name, byTarget) ->
            byTarget
                .values()
                .forEach(
                    weight -> {
                      owners.putIfAbsent(weight.data(), new Owner(name, "data"));
                      weight
                          .scales()
                          .ifPresent(
                              scales -> owners.putIfAbsent(scales, new Owner(name, "scales")));
                      weight
                          .zeroPoints()
                          .ifPresent(
                              zeros -> owners.putIfAbsent(zeros, new Owner(name, "zero points")));
                    }));
    component
        .forms()
        .forEach(
            (origin, form) -> {
              Owner owner = owners.get(origin);
              if (owner != null) {
                owners.put(form.extent(), owner);
              }
            });
    return owners;
  }

  /** Why a target does not read what another one reads of a weight. */
  private String why(String target, String reader, Owner owner) {
    SortedMap<String, EncodedWeight> byTarget = requireNonNull(versions.get(owner.weight()));
    EncodedWeight mine = byTarget.get(target);
    EncodedWeight other = byTarget.get(reader);
    boolean lite =
        component.lite().stream().anyMatch(files -> files.model().target().id().equals(target));
    if (mine == null) {
      return "its graphs do not use this weight";
    }
    if (other != null && !mine.encoding().equals(other.encoding())) {
      return "it stores this weight as " + mine.encoding().id();
    }
    if (lite && owner.what().equals("scales")) {
      return "its file has the scales in its own table, as float32";
    }
    if (other != null && mine.layout() != other.layout()) {
      return "its runtime reads the layout " + mine.layout();
    }
    if (other != null && !mine.data().equals(other.data())) {
      return "its numbers were found in another way";
    }
    return lite
        ? "it has what it made of this weight in its own file: rounded, folded or joined"
        : "its runtime reads rows of it, or lets adapters replace it, as it came";
  }
}
