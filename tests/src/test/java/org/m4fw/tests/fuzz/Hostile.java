package org.m4fw.tests.fuzz;

import java.nio.file.Path;
import java.util.Collection;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Tensor;

/** What a parser may do with hostile bytes: read them, or refuse them with a problem. */
final class Hostile {
  /** A file name for messages, of bytes that are in no file. */
  static final Path NAME = Path.of("hostile");

  /** Far more than any message needs; without a bound, a name of a megabyte would be shown. */
  private static final int MAX_MESSAGE = 1 << 16;

  private Hostile() {}

  /** Runs a parser. Whatever it throws that is no problem is a finding. */
  static void parse(Runnable parser) {
    try {
      parser.run();
    } catch (ProblemException refused) {
      String text = refused.problem().text();
      if (text.isBlank() || text.contains("\n") || text.length() > MAX_MESSAGE) {
        throw new AssertionError("a message of " + text.length() + " characters", refused);
      }
    }
  }

  /** Touches both ends of each tensor, which have to be where the parser says. */
  static void touch(Collection<Tensor> tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.data().byteSize() != tensor.shape().count() * tensor.dtype().bytes()) {
        throw new AssertionError(tensor.name() + " is not as long as it should be");
      }
      if (tensor.data().byteSize() > 0) {
        tensor.data().asSlice(0, 1).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        tensor
            .data()
            .asSlice(tensor.data().byteSize() - 1, 1)
            .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      }
    }
  }
}
