package org.m4fw.cli.estimate;

/**
 * How long the texts are that times are estimated for.
 *
 * @param prompt tokens that the backbone reads at once, vectors of other modalities among them
 * @param answer tokens that it writes
 */
public record Lengths(int prompt, int answer) {}
