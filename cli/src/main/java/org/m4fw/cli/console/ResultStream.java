package org.m4fw.cli.console;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.m4fw.base.file.FileError;

/**
 * Standard output. Unlike {@link java.io.PrintStream} it does not swallow failures: a full disk is
 * an error, and a reader that has gone away ends the command.
 */
final class ResultStream extends OutputStream {
  private final OutputStream out;

  ResultStream(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static RuntimeException failure(IOException e) {
    String reason = FileError.reason(e);
    String lower = reason.toLowerCase(Locale.ROOT);
    return lower.contains("broken pipe") || lower.contains("stream closed")
        ? new ReaderGoneException()
        : FileError.ofWriting(e).at("standard output", "", reason);
  }
}
