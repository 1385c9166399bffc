package org.m4fw.adapter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.function.Function;
import org.m4fw.adapter.delta.DiffusionLora;
import org.m4fw.adapter.delta.ImageBindFiles;
import org.m4fw.adapter.delta.ImageBindLora;
import org.m4fw.adapter.delta.LitLlamaLora;
import org.m4fw.adapter.delta.PandaGptReader;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraFit;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.EmbeddedPackage;
import org.m4fw.adapter.peft.PeftPromptReader;
import org.m4fw.adapter.peft.PeftReader;
import org.m4fw.adapter.peft.PeftType;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.image.ImageFile;

/** Opens adapters in every format that is read. */
public final class Adapters {
  /** What diffusers saves into a directory. */
  private static final String DIFFUSERS = "pytorch_lora_weights.safetensors";

  private Adapters() {}

  /**
   * Opens an adapter for a graph.
   *
   * @param path a package, a directory as PEFT or ImageBind-LoRA saves it, or the trained tensors
   *     of PandaGPT, lit-llama or a trainer of Stable Diffusion
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
      if (adapter.method() instanceof AdapterMethod.Lora(LoraAdapter lora)) {
        LoraFit.check(lora, points);
      }
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
    if (ImageBindFiles.recognises(path)) {
      return openImageBind(path, alpha);
    }
    if (Files.isDirectory(path) && PeftReader.recognises(path)) {
      return openPeft(path, alpha);
    }
    if (Files.isRegularFile(path) && AdapterPackage.recognises(path)) {
      return openPackage(path, alpha);
    }
    Path diffusion = path.resolve(DIFFUSERS);
    return openDelta(Files.isRegularFile(diffusion) ? diffusion : path, alpha);
  }

  /**
   * Opens an adapter that is delivered within a firmware image; valid until the image is closed.
   *
   * @param id in reverse-DNS form
   */
  public static OpenAdapter embedded(ImageFile image, String id) {
    return OpenAdapter.of(EmbeddedPackage.read(image, id));
  }

  private static OpenAdapter openPackage(Path file, OptionalDouble alpha) {
    if (alpha.isPresent()) {
      throw AdapterError.ALPHA_KNOWN.at(file, "");
    }
    return OpenAdapter.of(AdapterPackage.open(file));
  }

  private static OpenAdapter openImageBind(Path path, OptionalDouble alpha) {
    if (alpha.isPresent()) {
      throw AdapterError.ALPHA_NOT_USED.at(path, "", "ImageBind-LoRA, which scales by 1");
    }
    ImageBindFiles files = ImageBindFiles.of(path);
    SortedMap<Path, Checkpoint> open = files.open();
    return OpenAdapter.of(
        name(path),
        new AdapterMethod.Unresolved(ImageBindLora.read(path, files, open)),
        () -> open.values().forEach(Checkpoint::close));
  }

  private static OpenAdapter openPeft(Path directory, OptionalDouble alpha) {
    PeftType type = PeftType.of(directory);
    return opened(
        directory,
        PeftReader.open(directory),
        weights -> {
          if (type == PeftType.LORA) {
            return new AdapterMethod.Lora(PeftReader.read(directory, weights, alpha));
          }
          if (alpha.isPresent()) {
            throw AdapterError.ALPHA_NOT_USED.at(directory, "", type);
          }
          return new AdapterMethod.Prompt(PeftPromptReader.read(directory, weights));
        });
  }

  /** Told by the names of its tensors. */
  private static OpenAdapter openDelta(Path path, OptionalDouble alpha) {
    Checkpoint weights;
    try {
      weights = Checkpoint.open(path);
    } catch (ProblemException e) {
      if (e.problem().code() == CheckpointError.NO_WEIGHTS) {
        throw unknown(path, "it has no " + PeftReader.CONFIG);
      }
      if (e.problem().code() == CheckpointError.UNKNOWN_FORMAT) {
        throw unknown(path, "it is neither a package nor tensors");
      }
      throw e;
    }
    return opened(
        path,
        weights,
        found -> {
          if (PandaGptReader.recognises(found)) {
            return new AdapterMethod.Lora(PandaGptReader.read(found, alpha));
          }
          if (DiffusionLora.recognises(found)) {
            return new AdapterMethod.Unresolved(DiffusionLora.read(found, alpha));
          }
          if (LitLlamaLora.recognises(found)) {
            return new AdapterMethod.Unresolved(LitLlamaLora.read(found, alpha));
          }
          throw unknown(path, "its tensors have names of no format that is read");
        });
  }

  private static String name(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? "adapter" : name.toString();
  }

  private static ProblemException unknown(Path path, String reason) {
    return AdapterError.UNKNOWN_FORMAT.at(path, "", reason);
  }

  private static OpenAdapter opened(
      Path path, Checkpoint weights, Function<Checkpoint, AdapterMethod> reader) {
    try {
      return OpenAdapter.of(name(path), reader.apply(weights), weights::close);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }
}
