package org.m4fw.base.problem;

/** Carries a {@link Problem} up to whoever can show it. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public ProblemException(Problem problem) {
    super(problem.code().name() + ": " + problem.text());
    this.problem = problem;
  }

  public ProblemException(Problem problem, Throwable cause) {
    this(problem);
    initCause(cause);
  }

  public Problem problem() {
    return problem;
  }
}
