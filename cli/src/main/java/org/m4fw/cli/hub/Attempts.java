package org.m4fw.cli.hub;

import java.time.Duration;

/** Counts failures in a row, and waits longer after each. */
final class Attempts {
  private final HubSettings settings;
  private final String item;
  private int failures;

  Attempts(HubSettings settings, String item) {
    this.settings = settings;
    this.item = item;
  }

  /** Something was achieved since the last failure. */
  void gotOn() {
    failures = 0;
  }

  /**
   * Waits, or gives up.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link HubError#UNREACHABLE}
   */
  void failed(TransientFailure failure) {
    failures++;
    if (failures >= settings.attempts()) {
      throw gaveUp(failure.reason());
    }
    Duration doubled = settings.firstWait().multipliedBy(1L << Math.min(20, failures - 1));
    Duration wait = failure.askedWait().orElse(doubled);
    try {
      Thread.sleep(wait.compareTo(settings.longestWait()) > 0 ? settings.longestWait() : wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw gaveUp("interrupted");
    }
  }

  private RuntimeException gaveUp(String reason) {
    return HubError.UNREACHABLE.at(
        settings.endpoint().toString(), item, Math.max(1, failures), reason);
  }
}
