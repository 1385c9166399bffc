package org.m4fw.signing.key;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.base.process.ExternalProgram;
import org.m4fw.base.process.ExternalProgram.Ending;

/**
 * A key that a program of the owner's signs with: the client of a key management service, a bridge
 * to a machine apart. The program gets the message on standard input, the algorithm and the key id
 * as its last two arguments, and writes the signature to standard output; its standard error is
 * ours. It is started directly, never through a shell.
 */
public final class CommandKey implements SigningKey {
  /** Nothing is longer than the signatures of SLH-DSA-256f, 49856 bytes. */
  private static final int MAX_OUTPUT = 64 << 10;

  private final List<String> command;
  private final Duration limit;
  private final Set<String> withheld;
  private final VerificationKey verificationKey;

  /**
   * A key.
   *
   * @param command the program, as an absolute path, and its first arguments
   * @param limit how long it may take, people and buttons included
   * @param withheld variables of the environment that it does not get, such as the passphrase of
   *     another key
   * @param verificationKey what its signatures have to verify with
   */
  public CommandKey(
      List<String> command, Duration limit, Set<String> withheld, VerificationKey verificationKey) {
    this.command = List.copyOf(command);
    this.limit = limit;
    this.withheld = Set.copyOf(withheld);
    this.verificationKey = verificationKey;
  }

  @Override
  public VerificationKey verificationKey() {
    return verificationKey;
  }

  /** ECDSA signatures may come as DER, too, and with either value of s. */
  @Override
  public byte[] sign(byte[] message) {
    byte[] output = run(message);
    byte[] signature =
        EcdsaForm.applies(algorithm())
            ? EcdsaForm.canonical(algorithm(), output).orElse(output)
            : output;
    if (!verificationKey.verifies(message, signature)) {
      throw SigningProgramError.WRONG_SIGNATURE.at(program(), "", output.length, verificationKey);
    }
    return signature;
  }

  private byte[] run(byte[] message) {
    List<String> words = new ArrayList<>(command);
    words.add(algorithm().label());
    words.add(verificationKey.id());
    ExternalProgram program =
        new ExternalProgram(
            words, Map.of(), withheld, limit, MAX_OUTPUT, ExternalProgram.Errors.SHOWN);
    return switch (program.run(message)) {
      case Ending.NotStarted ending -> throw SigningProgramError.NOT_STARTED.at(program(), "");
      case Ending.TooSlow ending ->
          throw SigningProgramError.TOO_SLOW.at(program(), "", limit.toSeconds());
      case Ending.TooMuch ending ->
          throw SigningProgramError.TOO_MUCH.at(program(), "", MAX_OUTPUT);
      case Ending.Exited exited -> {
        if (exited.code() != 0) {
          throw SigningProgramError.FAILED.at(program(), "", exited.code());
        }
        yield exited.output();
      }
    };
  }

  private String program() {
    return command.getFirst();
  }

  /** Nothing is held. */
  @Override
  public void close() {}

  /** The program and the public part. */
  @Override
  public String toString() {
    return "key with %s, of %s".formatted(program(), verificationKey);
  }
}
