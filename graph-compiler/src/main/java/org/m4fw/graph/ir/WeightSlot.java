package org.m4fw.graph.ir;

import org.m4fw.checkpoint.Shape;

/**
 * A weight of a compiled graph that an adapter may bring its own of.
 *
 * @param name as the checkpoint names it, and the graph's input
 * @param type in which it has to be given
 * @param shape as the checkpoint has it
 */
public record WeightSlot(String name, ElementType type, Shape shape) {}
