package org.m4fw.signing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Where a private key of an identity is kept. */
public sealed interface KeyPlace {

  /** A word for it, as {@code identity.json} spells it. */
  default String store() {
    return switch (this) {
      case InFile file -> "file";
      case InToken token -> "pkcs11";
      case WithProgram program -> "command";
    };
  }

  /**
   * In the identity's directory.
   *
   * @param name of the PKCS#8 file
   */
  record InFile(String name) implements KeyPlace {}

  /**
   * In a PKCS#11 token.
   *
   * @param module the absolute path of its library
   * @param slot its number
   * @param label the key's name in it
   */
  record InToken(Path module, long slot, String label) implements KeyPlace {}

  /**
   * With a program that signs.
   *
   * @param command its absolute path and first arguments
   * @param limit how long it may take
   */
  record WithProgram(List<String> command, Duration limit) implements KeyPlace {
    /** Long enough for somebody to fetch a smart card. */
    public static final Duration USUAL_LIMIT = Duration.ofMinutes(5);

    public WithProgram {
      command = List.copyOf(command);
    }
  }
}
