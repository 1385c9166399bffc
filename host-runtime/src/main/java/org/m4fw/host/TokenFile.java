package org.m4fw.host;

import java.nio.file.Path;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

/**
 * Tokens to evaluate on: {@code {"window": n, "ids": [...]}}.
 *
 * @param window tokens per sequence, at least 2
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record TokenFile(String file, int window, long[] ids) {

  /**
   * Reads a token file.
   *
   * @throws org.m4fw.base.problem.ProblemException if it is not one, or holds less than a window
   */
  public static TokenFile read(Path path) {
    try {
      return parse(path);
    } catch (ProblemException e) {
      Problem problem = e.problem();
      throw problem.code() instanceof JsonError
          ? HostError.NOT_TOKENS.at(path, problem.item(), problem.message())
          : e;
    }
  }

  private static TokenFile parse(Path path) {
    Fields fields = StrictJson.readObject(path);
    int window = Math.toIntExact(fields.integer("window", 2, 1 << 20));
    long[] ids = fields.integers("ids", 0, Integer.MAX_VALUE);
    if (ids.length < window) {
      throw HostError.NO_WINDOWS.at(path, "ids", ids.length, window);
    }
    return new TokenFile(path.toString(), window, ids);
  }

  /** The number of full windows; what is left over is not used. */
  public int windows() {
    return ids.length / window;
  }

  /** The tokens of a window. */
  public long[] window(int index) {
    return java.util.Arrays.copyOfRange(ids, index * window, (index + 1) * window);
  }
}
