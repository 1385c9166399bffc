package org.m4fw.cli.model;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.quantizer.Scheme;

/**
 * Which model to run, and how.
 *
 * @param path a checkpoint, what {@code quantize} or {@code compile} wrote, or an image
 * @param component of an image that holds several
 * @param scheme how to quantize a checkpoint's weights; empty to take them as they are
 * @param target whose graph to run; empty for float32 arithmetic, or an image's first target
 * @param adapter a package or directory
 * @param alpha the LoRA alpha, for formats that do not hold it
 * @param vectors whether the decoder is to take vectors in the place of tokens
 */
public record ModelRequest(
    Path path,
    Optional<String> component,
    Optional<Scheme> scheme,
    Optional<String> target,
    Optional<Path> adapter,
    OptionalDouble alpha,
    boolean vectors) {

  /** The checkpoint as it is. */
  public static ModelRequest of(Path path) {
    return new ModelRequest(
        path,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty(),
        false);
  }

  /** The same with an adapter. */
  public ModelRequest withAdapter(Path given) {
    return withAdapter(given, alpha);
  }

  /** The same with an adapter of a format that may not hold its alpha. */
  public ModelRequest withAdapter(Path given, OptionalDouble factor) {
    return new ModelRequest(path, component, scheme, target, Optional.of(given), factor, vectors);
  }

  /** The same alone. */
  public ModelRequest withoutAdapter() {
    return new ModelRequest(
        path, component, scheme, target, Optional.empty(), OptionalDouble.empty(), vectors);
  }

  /** The same for a decoder that takes vectors in the place of tokens. */
  public ModelRequest withVectors() {
    return new ModelRequest(path, component, scheme, target, adapter, alpha, true);
  }
}
