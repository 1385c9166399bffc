package org.m4fw.cli.install;

import java.io.OutputStream;
import java.util.List;
import java.util.stream.Stream;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.cli.Main;

/**
 * Quantizes a small model in the usual ways, so that the JDK can record which classes that takes
 * and what it found out about its code. Commands that compute start from this record; {@link
 * Rehearsal} makes that of all others, which would only be slower to start with so much in it.
 */
public final class ComputingRehearsal {
  private ComputingRehearsal() {}

  /**
   * Rehearses. Runs with {@code m4fw.vector.after=0}, as a small model is otherwise quantized
   * without vectors.
   *
   * @param args a checkpoint
   */
  public static void main(String[] args) {
    try (TemporaryDirectory directory = TemporaryDirectory.create()) {
      String out = directory.path().resolve("out").toString();
      for (List<String> how : ways()) {
        Stream<String> command = Stream.of("quantize", args[0], "--out", out);
        Main.run(
            Stream.concat(command, how.stream()).toList(),
            OutputStream.nullOutputStream(),
            OutputStream.nullOutputStream());
      }
    }
  }

  private static List<List<String>> ways() {
    return List.of(
        List.of("--scheme", "int4", "--scales", "absmax"),
        List.of("--scheme", "int4"),
        List.of("--scheme", "int8", "--json"));
  }
}
