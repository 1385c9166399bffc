package org.m4fw.adapter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraFit;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.peft.PeftReader;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.ir.AttachmentPoint;

/** Opens adapters in every format that is read. */
public final class Adapters {
  private Adapters() {}

  /**
   * Opens an adapter for a graph.
   *
   * @param path a package, or a directory as PEFT saves it
   * @param points where the graph takes adapters
   * @throws org.m4fw.base.problem.ProblemException with an {@link AdapterError}, {@link
   *     org.m4fw.adapter.lora.LoraError} or an error of the format
   */
  public static OpenAdapter open(Path path, List<AttachmentPoint> points) {
    return open(path, points, OptionalDouble.empty());
  }

  /** As {@link #open(Path, List)}, with an alpha for formats that do not hold it. */
  public static OpenAdapter open(Path path, List<AttachmentPoint> points, OptionalDouble alpha) {
    OpenAdapter adapter = open(path, alpha);
    try {
      LoraFit.check(adapter.lora(), points);
      return adapter;
    } catch (RuntimeException | Error e) {
      adapter.close();
      throw e;
    }
  }

  /** Opens an adapter without asking what it fits. */
  public static OpenAdapter open(Path path, OptionalDouble alpha) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    if (Files.isDirectory(path) && PeftReader.recognises(path)) {
      return openPeft(path, alpha);
    }
    if (Files.isRegularFile(path) && AdapterPackage.recognises(path)) {
      return openPackage(path, alpha);
    }
    throw AdapterError.UNKNOWN_FORMAT.at(
        path, "", Files.isDirectory(path) ? "it has no " + PeftReader.CONFIG : "it is no package");
  }

  private static OpenAdapter openPackage(Path file, OptionalDouble alpha) {
    if (alpha.isPresent()) {
      throw AdapterError.ALPHA_KNOWN.at(file, "");
    }
    return OpenAdapter.of(AdapterPackage.open(file));
  }

  private static OpenAdapter openPeft(Path directory, OptionalDouble alpha) {
    Checkpoint weights = PeftReader.open(directory);
    try {
      LoraAdapter lora = PeftReader.read(directory, weights, alpha);
      Path name = directory.toAbsolutePath().normalize().getFileName();
      return OpenAdapter.of(name == null ? "adapter" : name.toString(), lora, weights);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }
}
