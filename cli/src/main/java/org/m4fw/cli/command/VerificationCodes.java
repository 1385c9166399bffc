package org.m4fw.cli.command;

import java.util.List;
import java.util.stream.Collectors;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.cli.answer.KnownAnswerError;
import org.m4fw.cli.inspect.SanityError;
import org.m4fw.image.ImageError;
import org.m4fw.image.delta.DeltaError;
import org.m4fw.image.lazy.LazyError;
import org.m4fw.image.slot.RollbackError;
import org.m4fw.image.slot.SlotError;
import org.m4fw.signing.evidence.EvidenceError;
import org.m4fw.signing.key.KeyError;
import org.m4fw.signing.statement.StatementError;
import org.m4fw.signing.trust.LineageError;
import org.m4fw.signing.trust.PolicyError;
import org.m4fw.signing.trust.TrustRootError;
import org.m4fw.signing.trust.VerificationError;

/** Every code that verification can end with, in the order in which it looks. */
final class VerificationCodes {
  private static final ExplainedCodes CODES =
      new ExplainedCodes(
          List.of(
              new ExplainedCodes.Catalogue("an image or package", List.of(ImageError.values())),
              new ExplainedCodes.Catalogue("its signatures", List.of(VerificationError.values())),
              new ExplainedCodes.Catalogue("a trust root", List.of(TrustRootError.values())),
              new ExplainedCodes.Catalogue("a key", List.of(KeyError.values())),
              new ExplainedCodes.Catalogue(
                  "the lineage of a developer's keys", List.of(LineageError.values())),
              new ExplainedCodes.Catalogue(
                  "revocations and other statements", List.of(StatementError.values())),
              new ExplainedCodes.Catalogue("a policy", List.of(PolicyError.values())),
              new ExplainedCodes.Catalogue(
                  "certificates and timestamps", List.of(EvidenceError.values())),
              new ExplainedCodes.Catalogue(
                  "what a device accepted before", List.of(RollbackError.values())),
              new ExplainedCodes.Catalogue(
                  "the numbers in an image", List.of(SanityError.values())),
              new ExplainedCodes.Catalogue(
                  "the known answers of an image", List.of(KnownAnswerError.values())),
              new ExplainedCodes.Catalogue("a delta", List.of(DeltaError.values())),
              new ExplainedCodes.Catalogue("the slots of a device", List.of(SlotError.values())),
              new ExplainedCodes.Catalogue(
                  "reading by verified blocks", List.of(LazyError.values())),
              new ExplainedCodes.Catalogue("a JSON file", List.of(JsonError.values())),
              new ExplainedCodes.Catalogue("a file", List.of(FileError.values()))));

  private VerificationCodes() {}

  /**
   * What a code means, for each subject that has it.
   *
   * @throws org.m4fw.base.problem.ProblemException if nothing has it
   */
  static List<String> explain(String code) {
    List<String> lines = CODES.explain(code);
    if (lines.isEmpty()) {
      throw CommandError.UNKNOWN_CODE.at("", code, names());
    }
    return lines;
  }

  /** All names, each once. */
  static String names() {
    return CODES.all().map(ErrorCode::name).distinct().sorted().collect(Collectors.joining(", "));
  }
}
