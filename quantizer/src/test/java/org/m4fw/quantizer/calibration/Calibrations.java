package org.m4fw.quantizer.calibration;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.StrictJson;

/** Models and data to calibrate with. */
public final class Calibrations {
  private static final Path ROOT = Path.of(System.getProperty("m4fw.root", ".."));

  private Calibrations() {}

  /** The trained model of the example. */
  public static Path example() {
    return ROOT.resolve("examples/kjv/kjv-llama");
  }

  /** A golden of another component, with its inputs in {@code expected.safetensors}. */
  public static Path golden(String name) {
    return ROOT.resolve("tests/fixtures/goldens").resolve(name);
  }

  /** A token file with the first tokens of the example's text for calibration. */
  public static Path tokens(Path directory, int window, int windows) {
    long[] ids =
        StrictJson.readObject(ROOT.resolve("examples/kjv/calib/tokens.json"))
            .integers("ids", 0, Integer.MAX_VALUE);
    return write(directory, window, Arrays.copyOf(ids, window * windows));
  }

  /** A token file. */
  public static Path write(Path directory, int window, long... ids) {
    Path file = directory.resolve("tokens.json");
    String text =
        Arrays.stream(ids)
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", ", "{\"window\": " + window + ", \"ids\": [", "]}"));
    OutputFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    return file;
  }
}
