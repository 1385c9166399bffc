package org.m4fw.quantizer;

import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;

/**
 * How the linear layers of a model are to be stored; what the other weights get follows from it
 * ({@link PlanMaker}).
 */
public record Scheme(Encoding encoding) {

  /**
   * Reads {@code f32 f16 int8 int4 int4-g32 int4-g64 int4-g128}, and the last three with {@code
   * -asym} behind them.
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

  /**
   * What a model gets where nobody asks for anything: language models four bits, as their size and
   * speed are those of their weights; encoders and generators sixteen, as they are small and lose
   * more (Table 1 of "Mobile Foundation Model as Firmware").
   */
  public static Scheme defaultFor(Model model) {
    boolean language = model.parts().values().stream().anyMatch(part -> part.decoder().isPresent());
    return new Scheme(language ? new Encoding.Int4Blocks(32) : new Encoding.Plain(DType.F16));
  }

  /** {@code int4-g32}. */
  public String id() {
    return encoding.id();
  }
}
