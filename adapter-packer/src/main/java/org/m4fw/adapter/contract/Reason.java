package org.m4fw.adapter.contract;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why an adapter is taken, or not. Codes never change their meaning. */
public enum Reason {
  SIGNATURE(
      true,
      "The package is not signed by anybody whom the trust root knows, or its bytes are not those"
          + " that were signed. Get it from its developer again, or name the right trust root."),
  REVOKED(
      true,
      "The package, a part of it, or a key that signed it was revoked. Get a newer version from its"
          + " developer."),
  INTERFACE_ID(
      true,
      "The adapter was made for another component: an adapter of the backbone does not fit an"
          + " encoder. Check it against the component that it is for."),
  INTERFACE_VERSION(
      true,
      "The base has a version of the interface that the adapter was not made for. A new major version"
          + " breaks adapters on purpose: carry the adapter over, or train it anew."),
  TOKENIZER(
      true,
      "The base cuts text into other tokens than the one that the adapter was trained on, so that the"
          + " adapter would see other numbers for the same words. Train it anew."),
  KIND(true, "The attachment point does not take adapters of this method."),
  SCALING(
      true,
      "The factor that the adapter's matrices are multiplied by is made in a way that the base does"
          + " not know."),
  POINT_UNKNOWN(
      true,
      "The adapter changes a layer that the base does not have, or not as an attachment point."
          + " 'm4fw adapter interface BASE' lists the points."),
  POINT_TABLE(
      true,
      "The adapter adds to the rows of a table of tokens, and the base has a layer of that name, or"
          + " the other way round. It was made for another model, or its package says the wrong."),
  POINT_KERNEL(
      true,
      "The adapter adds to a convolution with a kernel of other sizes, or the base has a layer of that"
          + " name and the adapter a kernel, or the other way round. It was made for another model."),
  POINT_WIDTH(
      true,
      "The layer has other widths than the adapter's matrices. It was made for another model."),
  HEAD_UNKNOWN(
      true,
      "The adapter replaces a weight that the base does not let adapters replace. 'm4fw adapter"
          + " interface BASE' lists the heads."),
  HEAD_SHAPE(
      true,
      "The weight that the adapter replaces has another shape. It was made for another model."),
  PROMPT_SLOT(
      true,
      "The adapter puts vectors, or keys and values, in front of the prompt, and the base has no place"
          + " for such ones."),
  PROMPT_LENGTH(true, "The adapter puts more in front of the prompt than the base has room for."),
  RANK(true, "The adapter's rank is larger than devices keep room for."),
  DTYPE(true, "The adapter's numbers are of a type that the attachment point does not take."),
  KNOWN_ANSWERS_FAILED(
      true,
      "Run on this base, the adapter gave answers further from those that its developer recorded than"
          + " the package allows. It would work badly: train it anew, or carry it over."),
  CARRIED_TOO_WEAK(
      true,
      "The adapter was carried over from an earlier base, and keeps less of what it gained there than"
          + " was declared to be the least. Train it anew."),
  VENDOR_REFUSED(
      true, "The vendor of this image examined the adapter on it and said no. Ask the vendor why."),
  CARRIED(
      false,
      "The adapter itself does not fit this version of the interface, but a package that was carried"
          + " over from it is there and does. Install that one."),
  UNBOUND(
      false,
      "The adapter was never bound to an image ('m4fw adapter bind'), so nothing is known about how"
          + " it works on this one."),
  TESTED_BUILD(false, "The adapter was bound to this very image and its known answers hold there."),
  SAME_WEIGHTS(
      false, "The base has the very weights, before quantization, that the adapter was bound to."),
  VENDOR_ACCEPTED(
      false, "The vendor of this image examined the adapter on it and says that it works."),
  VENDOR_PROVISIONAL(
      false,
      "The vendor of this image lets the adapter be loaded on it, without saying how well it works."),
  KNOWN_ANSWERS_HOLD(
      false, "Run on this base, the adapter gave the answers that its developer recorded."),
  NOT_RUN(
      false,
      "The known answers of the package were not run on this base; 'm4fw adapter check --run' does."),
  WEIGHTS(
      false,
      "The base implements the interface with other weights than those that the adapter was made for:"
          + " it works, but nobody measured how well.");

  private final boolean refuses;
  private final String explanation;

  Reason(boolean refuses, String explanation) {
    this.refuses = refuses;
    this.explanation = explanation;
  }

  /** The reason with that code. */
  public static Optional<Reason> of(String code) {
    return Arrays.stream(values()).filter(reason -> reason.code().equals(code)).findFirst();
  }

  /** Whether the adapter cannot be used at all. */
  public boolean refuses() {
    return refuses;
  }

  /** What it means and what to do about it, in a few sentences. */
  public String explanation() {
    return explanation;
  }

  /** The code in reports: {@code point-width}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
