package org.m4fw.signing;

import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.VerificationKey;

/** How a key comes to be in a new identity. */
public sealed interface NewKey {

  /** The class of its algorithm, of which an identity has one key. */
  default AlgorithmClass algorithmClass() {
    return switch (this) {
      case InFile file -> file.algorithm().algorithmClass();
      case InToken token -> token.algorithm().algorithmClass();
      case WithProgram program -> program.publicKey().algorithm().algorithmClass();
    };
  }

  /** Made here and kept in a file of the identity. */
  record InFile(Algorithm algorithm) implements NewKey {}

  /** Made in a token, which it does not leave. */
  record InToken(KeyPlace.InToken place, Algorithm algorithm) implements NewKey {}

  /** Exists already; a program signs with it. */
  record WithProgram(KeyPlace.WithProgram place, VerificationKey publicKey) implements NewKey {}
}
