package org.m4fw.adapter.contract;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.m4fw.base.problem.NearNames;

/** Decides whether an adapter fits an interface; needs neither weights nor a graph. */
public final class InterfaceCheck {
  /** Findings of a kind that are kept: a package may name 100,000 points, and each be wrong. */
  static final int MOST_ALIKE = 16;

  /** Points whose near names are looked for, which takes long where there are many. */
  private static final int HINTS = 8;

  private final InterfaceRecord offered;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<Reason, Integer> counts = new EnumMap<>(Reason.class);

  private InterfaceCheck(InterfaceRecord offered) {
    this.offered = offered;
  }

  /**
   * Everything that is found, not only the first thing, but of what is alike the first sixteen and
   * how many more there are; empty if it fits without reservation.
   */
  public static List<Finding> check(InterfaceRecord offered, AdapterClaim claim) {
    InterfaceCheck check = new InterfaceCheck(offered);
    claim.base().ifPresent(check::base);
    if (!claim.points().isEmpty() && !offered.scalings().contains(claim.scaling())) {
      check.add(
          Reason.SCALING,
          "",
          "scales by " + claim.scaling() + ", allowed is " + offered.scalings());
    }
    check.points(claim);
    claim.heads().forEach(check::head);
    claim.prompt().ifPresent(check::prompt);
    check.counts.forEach(
        (reason, count) -> {
          if (count > MOST_ALIKE) {
            check.findings.add(
                new Finding(reason, "", "and %d more like these".formatted(count - MOST_ALIKE)));
          }
        });
    return List.copyOf(check.findings);
  }

  private void base(AdapterClaim.Base base) {
    if (!base.interfaceId().equals(offered.id())) {
      add(
          Reason.INTERFACE_ID,
          "",
          "needs interface " + base.interfaceId() + ", found " + offered.id());
    } else if (!base.versions().contains(offered.version())) {
      add(
          Reason.INTERFACE_VERSION,
          "",
          "needs " + offered.id() + " " + base.versions() + ", found " + offered.version());
    }
    if (!base.tokenizer().equals(offered.tokenizer())) {
      add(Reason.TOKENIZER, "", "was made for another tokenizer");
    }
    if (!base.weights().equals(offered.weights())) {
      add(Reason.WEIGHTS, "", "was bound to a base with other weights");
    }
  }

  private void points(AdapterClaim claim) {
    Map<String, InterfacePoint> known = new TreeMap<>();
    offered.points().forEach(point -> known.put(point.name(), point));
    int hints = 0;
    for (AdapterClaim.Point point : claim.points()) {
      InterfacePoint offer = known.get(point.name());
      if (offer == null) {
        hints++;
        List<String> near = hints > HINTS ? List.of() : NearNames.of(point.name(), known.keySet());
        String hint = near.isEmpty() ? "" : "; near are " + String.join(", ", near);
        add(Reason.POINT_UNKNOWN, point.name(), "there is no such attachment point" + hint);
      } else {
        point(claim.kind(), point, offer);
      }
    }
  }

  private void head(AdapterClaim.Head head) {
    Optional<InterfaceHead> offer =
        offered.slots().heads().stream()
            .filter(known -> known.name().equals(head.name()))
            .findFirst();
    if (offer.isEmpty()) {
      add(Reason.HEAD_UNKNOWN, head.name(), "is no weight that adapters may replace");
    } else if (!offer.get().shape().equals(head.shape())) {
      add(
          Reason.HEAD_SHAPE,
          head.name(),
          "has shape " + head.shape() + ", expected " + offer.get().shape());
    } else if (!offer.get().dtypes().contains(head.dtype())) {
      add(
          Reason.DTYPE,
          head.name(),
          "holds " + head.dtype() + ", allowed is " + offer.get().dtypes());
    }
  }

  private void prompt(AdapterClaim.Prompt prompt) {
    Optional<InterfacePrompt> offer =
        offered.slots().prompts().stream()
            .filter(known -> known.kind() == prompt.kind())
            .findFirst();
    if (offer.isEmpty() || offer.get().numbers() != prompt.numbers()) {
      add(
          Reason.PROMPT_SLOT,
          "",
          "puts "
              + prompt.kind().id()
              + " of "
              + prompt.numbers()
              + " numbers a token in front, offered is "
              + offer
                  .map(known -> known.numbers() + " numbers a token")
                  .orElse("no place for them"));
    } else if (prompt.tokens() > offer.get().maxTokens()) {
      add(
          Reason.PROMPT_LENGTH,
          "",
          "puts %d tokens in front, at most %d are allowed"
              .formatted(prompt.tokens(), offer.get().maxTokens()));
    }
  }

  private void point(String kind, AdapterClaim.Point point, InterfacePoint offer) {
    if (!offer.kinds().contains(kind)) {
      add(Reason.KIND, point.name(), "is " + kind + ", the point takes " + offer.kinds());
    }
    if (point.table() != offer.table()) {
      add(
          Reason.POINT_TABLE,
          point.name(),
          point.table()
              ? "adds to the rows of a table, and it is a layer"
              : "adds to a layer, and it is a table");
    }
    if (!point.kernel().equals(offer.kernel())) {
      add(
          Reason.POINT_KERNEL,
          point.name(),
          "adds to " + kernel(point.kernel()) + ", and it is " + kernel(offer.kernel()));
    }
    if (point.in() != offer.in() || point.out() != offer.out()) {
      add(
          Reason.POINT_WIDTH,
          point.name(),
          "maps "
              + widths(point.in(), point.out())
              + ", expected "
              + widths(offer.in(), offer.out()));
    }
    if (point.rank() > offer.maxRank()) {
      add(
          Reason.RANK,
          point.name(),
          "has rank " + point.rank() + ", at most " + offer.maxRank() + " is allowed");
    }
    for (String dtype : point.dtypes()) {
      if (!offer.dtypes().contains(dtype)) {
        add(Reason.DTYPE, point.name(), "holds " + dtype + ", allowed is " + offer.dtypes());
      }
    }
  }

  private static String kernel(List<Long> sizes) {
    return sizes.isEmpty() ? "no convolution" : "a convolution with the kernel " + sizes;
  }

  private static String widths(long in, long out) {
    return in + " to " + out;
  }

  private void add(Reason reason, String item, String text) {
    if (counts.merge(reason, 1, Integer::sum) <= MOST_ALIKE) {
      findings.add(new Finding(reason, item, text));
    }
  }
}
