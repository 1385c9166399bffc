package org.m4fw.cli.pipeline;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.console.Json;
import tools.jackson.databind.node.ObjectNode;

/** Keeps measured quality, under the digest of everything that it was measured with. */
final class EvaluationStore {
  private final Path directory;

  EvaluationStore(CacheDirectory cache) {
    this.directory = cache.evaluations();
  }

  /** The quality of what {@code key} describes, measured now or before. */
  Quality get(List<String> key, Supplier<Quality> measure) {
    String text = String.join("\n", key) + "\n" + ToolVersion.identity();
    Path file = directory.resolve(Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex() + ".json");
    return read(file)
        .orElseGet(
            () -> {
              Quality measured = measure.get();
              write(file, measured);
              return measured;
            });
  }

  private static Optional<Quality> read(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      Fields fields = StrictJson.readObject(file);
      return Optional.of(
          new Quality(
              Double.parseDouble(fields.string("nll")),
              fields.optionalString("kl").map(Double::valueOf),
              fields.optionalString("top1").map(Double::valueOf)));
    } catch (ProblemException | NumberFormatException e) {
      // A damaged entry is as good as none: it is measured again.
      return Optional.empty();
    }
  }

  /** In hexadecimal, which is exact. */
  private static void write(Path file, Quality quality) {
    ObjectNode document = Json.object().put("nll", Double.toHexString(quality.nll()));
    quality.kl().ifPresent(kl -> document.put("kl", Double.toHexString(kl)));
    quality.top1().ifPresent(top1 -> document.put("top1", Double.toHexString(top1)));
    OutputFile.write(file, document.toString().getBytes(StandardCharsets.UTF_8));
  }
}
