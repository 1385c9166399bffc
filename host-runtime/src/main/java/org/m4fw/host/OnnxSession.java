package org.m4fw.host;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtLoraAdapter;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.Placement;

/**
 * A graph loaded into ONNX Runtime. The graph itself comes from memory; its weights are mapped by
 * ONNX Runtime from the files where they are, so that nothing is copied but what it packs for
 * speed.
 */
final class OnnxSession implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Optional<OrtLoraAdapter> adapter;

  /** Whether the session is closed with this, or belongs to another. */
  private final boolean owner;

  private OnnxSession(
      OrtEnvironment environment,
      OrtSession session,
      Optional<OrtLoraAdapter> adapter,
      boolean owner) {
    this.environment = environment;
    this.session = session;
    this.adapter = adapter;
    this.owner = owner;
  }

  private static OrtEnvironment environment(String name) {
    try {
      // What it would log comes back as an exception, and is told once, in our words.
      return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "m4fw");
    } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
      // Its library could not be unpacked or loaded; only the first try says why.
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw HostError.NO_RUNTIME.at(name, "", cause.toString());
    }
  }

  static OnnxSession open(String name, CompiledModel model, Optional<byte[]> onnxAdapter) {
    OrtEnvironment environment = environment(name);
    Map<Path, Path> real = new HashMap<>();
    List<Extent> extents = model.extents();
    extents.forEach(extent -> real.computeIfAbsent(extent.file(), OnnxSession::realPath));
    Path root = commonDirectory(real.values());
    byte[] graph =
        model.bytes(
            extent ->
                new Placement(
                    root.relativize(real.get(extent.file())).toString().replace('\\', '/'),
                    extent.offset()));
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path", root.toString());
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      // An arena keeps what it once held; this process shares its machine.
      options.setCPUArenaAllocator(false);
      options.setMemoryPatternOptimization(false);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      // Weights behind DequantizeLinear are for devices that multiply in floating point; ONNX
      // Runtime would fuse them into kernels that quantize activations too.
      options.addConfigEntry("session.disable_quant_qdq", "1");
      if (model.isObserved()) {
        // What it would take out or fuse could not be asked for any more.
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      }
      OrtSession session = environment.createSession(graph, options);
      return new OnnxSession(environment, session, adapter(onnxAdapter), true);
    } catch (OrtException e) {
      throw refused(name, e);
    }
  }

  /** The same graph with another adapter, or none; valid until this one is closed. */
  OnnxSession with(String name, Optional<byte[]> onnxAdapter) {
    try {
      return new OnnxSession(environment, session, adapter(onnxAdapter), false);
    } catch (OrtException e) {
      throw refused(name, e);
    }
  }

  private static Optional<OrtLoraAdapter> adapter(Optional<byte[]> bytes) throws OrtException {
    return bytes.isPresent() ? Optional.of(OrtLoraAdapter.create(bytes.get())) : Optional.empty();
  }

  OrtEnvironment environment() {
    return environment;
  }

  OrtSession session() {
    return session;
  }

  OrtSession.RunOptions runOptions() throws OrtException {
    OrtSession.RunOptions options = new OrtSession.RunOptions();
    if (adapter.isPresent()) {
      options.addActiveLoraAdapter(adapter.get());
    }
    return options;
  }

  static ProblemException refused(String name, OrtException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
    ProblemException problem = HostError.RUNTIME.at(name, "", message);
    problem.initCause(e);
    return problem;
  }

  private static Path realPath(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  /** The deepest directory that holds all files; ONNX Runtime reads only below it. */
  private static Path commonDirectory(Iterable<Path> files) {
    Path common = Path.of("").toAbsolutePath();
    boolean first = true;
    for (Path file : files) {
      Path directory = file.getParent();
      if (directory == null) {
        continue;
      }
      common = first ? directory : common;
      first = false;
      while (!directory.startsWith(common) && common.getParent() != null) {
        common = common.getParent();
      }
    }
    return common;
  }

  @Override
  public void close() {
    try {
      if (owner) {
        session.close();
      }
    } catch (OrtException e) {
      throw refused("session", e);
    } finally {
      adapter.ifPresent(OrtLoraAdapter::close);
    }
  }
}
