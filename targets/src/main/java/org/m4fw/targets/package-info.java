/**
 * Devices as data: what a target's runtime can execute, which weights it takes, and what the
 * machine can do at most. One JSON file per device, and their reader; there is no code for a single
 * device, and nothing here knows graphs or weights.
 */
@NullMarked
package org.m4fw.targets;

import org.jspecify.annotations.NullMarked;
