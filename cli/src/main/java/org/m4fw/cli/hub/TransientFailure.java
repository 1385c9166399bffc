package org.m4fw.cli.hub;

import java.time.Duration;
import java.util.Optional;

/** Something that may go better the next time. */
final class TransientFailure extends Exception {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // never serialized
  private final Optional<Duration> wait;

  TransientFailure(String reason) {
    this(reason, Optional.empty());
  }

  /**
   * A failure.
   *
   * @param wait how long the other side asks to wait
   */
  TransientFailure(String reason, Optional<Duration> wait) {
    super(reason);
    this.wait = wait;
  }

  Optional<Duration> askedWait() {
    return wait;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
