package org.m4fw.quantizer;

import org.m4fw.graph.ir.Encoding;

/**
 * How the linear layers of a model are to be stored; what the other weights get follows from it
 * ({@link PlanMaker}).
 */
public record Scheme(Encoding encoding) {

  /**
   * Reads {@code f32 f16 int8 int4 int4-g32 int4-g64 int4-g128}.
   *
   * @param where the option or field it comes from, for the message
   * @throws org.m4fw.base.problem.ProblemException with {@link QuantizerError#UNKNOWN_SCHEME}
   */
  public static Scheme parse(String where, String id) {
    return new Scheme(
        Encodings.find(id)
            .orElseThrow(
                () ->
                    QuantizerError.UNKNOWN_SCHEME.at(
                        "", where, id, String.join(", ", Encodings.ids()))));
  }

  /** {@code int4-g32}. */
  public String id() {
    return encoding.id();
  }
}
