package org.m4fw.targets.offending.cycle;

import org.m4fw.targets.offending.cycle.hen.Hen;

/** Half of a cycle of packages. */
public record Egg(Class<Hen> laidBy) {}
