package org.m4fw.signing.key;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.m4fw.base.problem.ProblemException;

/**
 * What private keys are encrypted with, or the PIN of a token; wiped on {@link #close}, never part
 * of any text.
 */
public final class Passphrase implements AutoCloseable {
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

    /** For keys that are not encrypted. */
    static Source none() {
      return keyFile -> {
        throw KeyError.NO_PASSPHRASE.at(keyFile, "");
      };
    }
  }
}
