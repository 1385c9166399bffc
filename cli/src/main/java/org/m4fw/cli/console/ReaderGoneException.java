package org.m4fw.cli.console;

/** Whoever read standard output has gone; there is nobody left to tell, so the command ends. */
public final class ReaderGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReaderGoneException() {
    super("the reader of standard output has gone");
  }
}
