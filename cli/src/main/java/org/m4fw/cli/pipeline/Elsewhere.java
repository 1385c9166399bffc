package org.m4fw.cli.pipeline;

import java.util.Optional;

/**
 * What a target leaves to another one.
 *
 * @param target whose work it would be
 * @param part of the component; empty for all of it
 * @param host the target that has a graph for it
 * @param why for people; the same for every build of the same recipe
 */
record Elsewhere(String target, Optional<String> part, String host, String why) {}
