package org.m4fw.targets.offending.cycle.hen;

import org.m4fw.targets.offending.cycle.Egg;

/** The other half. */
public record Hen(Class<Egg> from) {}
