package org.m4fw.cli.adapter;

import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.m4fw.adapter.contract.EvaluationResult;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;
import org.m4fw.signing.trust.Verifier;

/**
 * The statement of how well an adapter works that lies in its package. It is about the section that
 * holds the weights, and signed by whoever measured, who need not be the developer.
 */
public record PackageEvaluation(EvaluationResult result, SignedStatement statement) {

  /**
   * The statement in a package, if there is one; who signed it is not asked.
   *
   * @throws ProblemException with an error of the statement, or {@link
   *     EvaluationStatementError#ABOUT_ANOTHER}
   */
  public static Optional<PackageEvaluation> of(AdapterPackage packaged) {
    String source = packaged.image().path() + ": evaluation";
    return packaged
        .evaluation()
        .map(bytes -> bytes.toArray(ValueLayout.JAVA_BYTE))
        .map(bytes -> read(source, bytes, packaged.weightsDigest()));
  }

  /**
   * Reads a statement.
   *
   * @param weights the fs-verity digest of the section that it has to be about
   */
  public static PackageEvaluation read(String source, byte[] bytes, Digest weights) {
    SignedStatement statement =
        SignedStatement.parse(source, bytes).require(StatementKind.EVALUATION);
    if (!statement.subjects().contains(weights)) {
      throw EvaluationStatementError.ABOUT_ANOTHER.at(
          source, "subjects", statement.subjects(), weights);
    }
    return new PackageEvaluation(EvaluationResult.read(statement.body()), statement);
  }

  /** Why its signature does not count; empty if it does. */
  public Optional<String> distrust(Verifier verifier) {
    try {
      statement.verify(verifier);
      return Optional.empty();
    } catch (ProblemException e) {
      return Optional.of(e.problem().message());
    }
  }
}
