package org.m4fw.cli.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.m4fw.adapter.AdapterError;
import org.m4fw.adapter.carry.CarryError;
import org.m4fw.adapter.contract.ChangeKind;
import org.m4fw.adapter.contract.ContractError;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.adapter.delta.DeltaError;
import org.m4fw.adapter.lite.LiteAdapterError;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.ort.OnnxAdapterError;
import org.m4fw.adapter.pack.PackageError;
import org.m4fw.adapter.peft.PeftError;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.checkpoint.SafetensorsError;
import org.m4fw.checkpoint.torch.TorchError;
import org.m4fw.cli.adapter.EvaluationStatementError;
import org.m4fw.cli.evaluate.EvaluationError;
import org.m4fw.cli.model.ModelError;
import org.m4fw.host.HostError;
import org.m4fw.image.ImageError;
import org.m4fw.signing.key.KeyError;
import org.m4fw.signing.statement.StatementError;
import org.m4fw.signing.trust.LineageError;
import org.m4fw.signing.trust.TrustRootError;
import org.m4fw.signing.trust.VerificationError;

/**
 * Every code of the commands about adapters: what decides about an adapter, how interfaces differ,
 * and why a file cannot be read.
 */
final class AdapterCodes {
  private static final ExplainedCodes ERRORS =
      new ExplainedCodes(
          List.of(
              of("an adapter", AdapterError.values()),
              of("PEFT's files", PeftError.values()),
              of("low-rank matrices", LoraError.values()),
              of("adapters of other trainers", DeltaError.values()),
              of("a package", PackageError.values()),
              of("an .onnx_adapter file", OnnxAdapterError.values()),
              of("a graph of LiteRT", LiteAdapterError.values()),
              of("an interface, a verdict or a score", ContractError.values()),
              of("a statement of how well an adapter works", EvaluationStatementError.values()),
              of("carrying over", CarryError.values()),
              of("an evaluation", EvaluationError.values()),
              of("what a check found", CheckError.values()),
              of("running an adapter", HostError.values()),
              of("a model", ModelError.values()),
              of("a container", ImageError.values()),
              of("its signatures", VerificationError.values()),
              of("a trust root", TrustRootError.values()),
              of("a key", KeyError.values()),
              of("the lineage of a developer's keys", LineageError.values()),
              of("a signed statement", StatementError.values()),
              of("a safetensors file", SafetensorsError.values()),
              of("a file of PyTorch", TorchError.values()),
              of("a checkpoint", CheckpointError.values()),
              of("a JSON file", JsonError.values()),
              of("a file", FileError.values()),
              of("the command line", CommandError.values())));

  private AdapterCodes() {}

  private static ExplainedCodes.Catalogue of(String subject, ErrorCode... codes) {
    return new ExplainedCodes.Catalogue(subject, List.of(codes));
  }

  /**
   * What a code means and what to do about it.
   *
   * @throws org.m4fw.base.problem.ProblemException if there is no such code
   */
  static List<String> explain(String code) {
    List<String> lines = new ArrayList<>();
    Reason.of(code)
        .ifPresent(
            reason -> {
              lines.add(reason.code() + (reason.refuses() ? ": the adapter is refused" : ""));
              lines.add(reason.explanation());
            });
    ChangeKind.of(code)
        .ifPresent(
            change -> {
              lines.add("%s, of the difference of two interfaces:".formatted(change.code()));
              lines.add(
                  "  %s; asks for a new %s version"
                      .formatted(change.explanation(), change.level().id()));
            });
    lines.addAll(ERRORS.explain(code));
    if (lines.isEmpty()) {
      throw CommandError.UNKNOWN_CODE.at("", code, decisions());
    }
    return lines;
  }

  /** Those of decisions, which a person meets first. */
  private static String decisions() {
    return Arrays.stream(Reason.values()).map(Reason::code).collect(Collectors.joining(", "));
  }
}
