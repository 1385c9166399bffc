package org.m4fw.graph.onnx;

/**
 * Where a graph finds the bytes of a weight.
 *
 * @param location a path relative to the directory of the graph
 * @param offset in bytes
 */
public record Placement(String location, long offset) {}
