package org.m4fw.signing.key;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;

/**
 * What private keys are encrypted with, or the PIN of a token; wiped on {@link #close}, never part
 * of any text.
 */
public final class Passphrase implements AutoCloseable {
  private static final int MAX_FILE = 64 << 10;

  private final char[] characters;

  private Passphrase(char[] characters) {
    this.characters = characters;
  }

  /**
   * Takes the characters over: the array is wiped.
   *
   * @throws ProblemException with {@link KeyError#EMPTY_PASSPHRASE}
   */
  public static Passphrase of(char[] characters) {
    if (characters.length == 0) {
      throw KeyError.EMPTY_PASSPHRASE.at("", "");
    }
    Passphrase passphrase = new Passphrase(characters.clone());
    Arrays.fill(characters, '\0');
    return passphrase;
  }

  /**
   * The first line of a file, which nobody but its owner may read.
   *
   * @throws ProblemException with a {@link KeyError} or {@link FileError}
   */
  public static Passphrase read(Path file) {
    byte[] bytes = new byte[0];
    char[] line = new char[0];
    try {
      if (!Files.exists(file)) {
        throw FileError.NOT_FOUND.at(file, "");
      }
      KeyFiles.checkReadableByOwnerOnly(file);
      // Not by its size: it may be a pipe that another program writes to.
      try (InputStream stream = Files.newInputStream(file)) {
        bytes = stream.readNBytes(MAX_FILE + 1);
      }
      if (bytes.length > MAX_FILE) {
        throw KeyError.PASSPHRASE_TOO_LONG.at(file, "", MAX_FILE);
      }
      line = firstLine(bytes);
      return of(line);
    } catch (CharacterCodingException e) {
      throw FileError.UNREADABLE.at(file, "", "no UTF-8 text");
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    } finally {
      Arrays.fill(bytes, (byte) 0);
      Arrays.fill(line, '\0');
    }
  }

  private static char[] firstLine(byte[] bytes) throws CharacterCodingException {
    int length = 0;
    while (length < bytes.length && bytes[length] != '\n' && bytes[length] != '\r') {
      length++;
    }
    CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
    char[] line = new char[text.remaining()];
    text.get(line);
    Arrays.fill(text.array(), '\0');
    return line;
  }

  /** As UTF-8; the caller wipes it. */
  byte[] utf8() {
    // Encoding into an array of our own, as that of StandardCharsets.encode could not be wiped.
    ByteBuffer encoded = ByteBuffer.allocate(3 * characters.length);
    StandardCharsets.UTF_8
        .newEncoder()
        .onMalformedInput(CodingErrorAction.REPLACE)
        .encode(CharBuffer.wrap(characters), encoded, true);
    byte[] bytes = Arrays.copyOf(encoded.array(), encoded.position());
    Arrays.fill(encoded.array(), (byte) 0);
    return bytes;
  }

  /** A copy; the caller wipes it. */
  char[] characters() {
    return characters.clone();
  }

  @Override
  public void close() {
    Arrays.fill(characters, '\0');
  }

  @Override
  public String toString() {
    return "passphrase";
  }

  /** Where a passphrase comes from, asked only when a key turns out to be encrypted. */
  @FunctionalInterface
  public interface Source {
    /**
     * The passphrase.
     *
     * @param keyFile for the prompt
     */
    Passphrase ask(Path keyFile);

    /**
     * The PIN of a token, which is no passphrase of a file.
     *
     * @param token for the prompt
     */
    default Passphrase pin(String token) {
      throw TokenError.NO_PIN.at(token, "");
    }

    /** Variables of the environment that hold secrets: programs that sign do not get them. */
    default Set<String> variables() {
      return Set.of();
    }

    /** For keys that are not encrypted. */
    static Source none() {
      return keyFile -> {
        throw KeyError.NO_PASSPHRASE.at(keyFile, "");
      };
    }
  }
}
