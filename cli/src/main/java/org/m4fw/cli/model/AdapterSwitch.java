package org.m4fw.cli.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.pipeline.FittedAdapter;
import org.m4fw.host.Decoder;
import org.m4fw.host.RuntimeAdapter;

/**
 * One decoder and many adapters: each is loaded when it is first asked for, and stays. The graph is
 * loaded once and as it is, so that only adapters that it has inputs for can be used.
 */
public final class AdapterSwitch implements AutoCloseable {
  /** Fifty fit beside the model of the paper; more than this is a list of the wrong kind. */
  private static final int MAX_ADAPTERS = 1024;

  private final Decoder base;
  private final Progress progress;
  private final SortedMap<Path, Decoder> decoders = new TreeMap<>();

  /**
   * Begins with no adapter.
   *
   * @param base loaded without one; for the caller to close, after this
   */
  public AdapterSwitch(Decoder base, Progress progress) {
    this.base = base;
    this.progress = progress;
  }

  /** The decoder with an adapter, or alone. */
  public Decoder decoder(Optional<Path> adapter) {
    return adapter.isEmpty() ? base : decoders.computeIfAbsent(adapter.get(), this::load);
  }

  /** How many adapters are loaded. */
  public int loaded() {
    return decoders.size();
  }

  private Decoder load(Path path) {
    if (decoders.size() >= MAX_ADAPTERS) {
      throw ModelError.TOO_MANY_ADAPTERS.at(path, "", MAX_ADAPTERS);
    }
    try (OpenAdapter opened = Adapters.open(path, OptionalDouble.empty())) {
      opened.warnings().forEach(warning -> progress.warn(path + ": " + warning));
      RuntimeAdapter fitted = FittedAdapter.of(opened, base.name(), List.of(base.model()));
      return base.with(Optional.of(fitted));
    }
  }

  @Override
  public void close() {
    decoders.values().forEach(Decoder::close);
  }
}
