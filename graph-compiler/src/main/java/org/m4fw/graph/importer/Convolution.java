package org.m4fw.graph.importer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a convolution of PyTorch is made with. Starts with stride 1, no padding, one group, a bias.
 *
 * @param path of the module in the checkpoint
 * @param in channels
 * @param out channels
 * @param kernel its sizes, one per spatial axis
 * @param strides one per spatial axis
 * @param pads zeros before the first element of every spatial axis, then after the last of each
 * @param dilations one per spatial axis
 * @param groups into which the channels fall apart
 */
record Convolution(
    String path,
    int in,
    int out,
    List<Long> kernel,
    List<Long> strides,
    List<Long> pads,
    List<Long> dilations,
    int groups,
    boolean bias) {

  Convolution {
    kernel = List.copyOf(kernel);
    strides = List.copyOf(strides);
    pads = List.copyOf(pads);
    dilations = List.copyOf(dilations);
  }

  static Convolution of(String path, int in, int out, Long... kernel) {
    List<Long> ones = Collections.nCopies(kernel.length, 1L);
    List<Long> zeros = Collections.nCopies(2 * kernel.length, 0L);
    return new Convolution(path, in, out, List.of(kernel), ones, zeros, ones, 1, true);
  }

  /** Of images, with a square kernel. */
  static Convolution square(String path, int in, int out, long kernel) {
    return of(path, in, out, kernel, kernel);
  }

  Convolution strided(Long... strides) {
    return new Convolution(path, in, out, kernel, List.of(strides), pads, dilations, groups, bias);
  }

  /** Zeros on both sides, one number per spatial axis. */
  Convolution padded(Long... both) {
    return padded(List.of(both), List.of(both));
  }

  /** Zeros after the last element only. */
  Convolution paddedAtEnd(Long... end) {
    return padded(Collections.nCopies(end.length, 0L), List.of(end));
  }

  private Convolution padded(List<Long> begin, List<Long> end) {
    List<Long> pads = new ArrayList<>(begin);
    pads.addAll(end);
    return new Convolution(path, in, out, kernel, strides, pads, dilations, groups, bias);
  }

  Convolution dilated(Long... dilations) {
    return new Convolution(path, in, out, kernel, strides, pads, List.of(dilations), groups, bias);
  }

  Convolution grouped(int groups) {
    return new Convolution(path, in, out, kernel, strides, pads, dilations, groups, bias);
  }

  Convolution withoutBias() {
    return new Convolution(path, in, out, kernel, strides, pads, dilations, groups, false);
  }
}
