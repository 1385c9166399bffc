package org.m4fw.cli.command;

import java.util.Locale;

/** Names of constants as words. */
final class Words {
  private Words() {}

  /** {@code MEMORY_BANDWIDTH} as {@code memory bandwidth}. */
  static String of(Enum<?> constant) {
    return of(constant.name());
  }

  static String of(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
