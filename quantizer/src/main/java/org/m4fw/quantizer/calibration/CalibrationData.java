package org.m4fw.quantizer.calibration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.host.TokenFile;

/**
 * What a model is calibrated on: a token file as {@code eval} takes it ({@code {"window", "ids"}}),
 * every full window of which starts cold, or a tensor file with the model's inputs by name. Which
 * of the two is told by the content.
 */
public final class CalibrationData implements AutoCloseable {
  private final String file;
  private final Digest digest;
  private final Optional<TokenFile> tokens;
  private final Optional<Checkpoint> tensors;

  private CalibrationData(
      String file, Digest digest, Optional<TokenFile> tokens, Optional<Checkpoint> tensors) {
    this.file = file;
    this.digest = digest;
    this.tokens = tokens;
    this.tensors = tensors;
  }

  /**
   * Opens calibration data.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link org.m4fw.host.HostError}, an error
   *     of the tensor file's format, or a {@link FileError}
   */
  public static CalibrationData open(Path path) {
    Digest digest = digest(path);
    return isJson(path)
        ? new CalibrationData(
            path.toString(), digest, Optional.of(TokenFile.read(path)), Optional.empty())
        : new CalibrationData(
            path.toString(), digest, Optional.empty(), Optional.of(Checkpoint.open(path)));
  }

  private static Digest digest(Path path) {
    try (MappedFile mapped = MappedFile.open(path)) {
      return Digest.of(mapped.segment());
    }
  }

  /** Whether the first byte that is no white space is a brace; of tensor files it is another. */
  private static boolean isJson(Path path) {
    try (var stream = Files.newInputStream(path)) {
      for (byte b : stream.readNBytes(64)) {
        if (!Character.isWhitespace(b)) {
          return b == '{';
        }
      }
      return false;
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  /** Where the data is, for messages. */
  public String file() {
    return file;
  }

  /** The digest of the file. */
  public Digest digest() {
    return digest;
  }

  /** The number of tokens in full windows, if it is a token file. */
  public OptionalLong tokenCount() {
    return tokens
        .map(file -> OptionalLong.of((long) file.windows() * file.window()))
        .orElse(OptionalLong.empty());
  }

  /** The tokens, if it is a token file. */
  public Optional<TokenFile> tokens() {
    return tokens;
  }

  /** The tensors by name; none if it is a token file. */
  public SortedMap<String, Tensor> tensors() {
    return tensors.map(Checkpoint::tensors).orElseGet(TreeMap::new);
  }

  @Override
  public void close() {
    tensors.ifPresent(Checkpoint::close);
  }
}
