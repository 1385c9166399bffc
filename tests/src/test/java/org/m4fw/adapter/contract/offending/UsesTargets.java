package org.m4fw.adapter.contract.offending;

import org.m4fw.targets.Targets;

/** An interface record that cannot be read without knowing devices. */
public final class UsesTargets {
  public Class<?> used() {
    return Targets.class;
  }
}
