package org.m4fw.graph.importer;

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
 * @param paddings zeros on both sides, one per spatial axis
 * @param dilations one per spatial axis
 * @param groups into which the channels fall apart
 */
record Convolution(
    String path,
    int in,
    int out,
    List<Long> kernel,
    List<Long> strides,
    List<Long> paddings,
    List<Long> dilations,
    int groups,
    boolean bias) {

  Convolution {
    kernel = List.copyOf(kernel);
    strides = List.copyOf(strides);
    paddings = List.copyOf(paddings);
    dilations = List.copyOf(dilations);
  }

  static Convolution of(String path, int in, int out, Long... kernel) {
    List<Long> ones = Collections.nCopies(kernel.length, 1L);
    List<Long> zeros = Collections.nCopies(kernel.length, 0L);
    return new Convolution(path, in, out, List.of(kernel), ones, zeros, ones, 1, true);
  }

  /** Of images, with a square kernel. */
  static Convolution square(String path, int in, int out, long kernel) {
    return of(path, in, out, kernel, kernel);
  }

  Convolution strided(Long... strides) {
    return new Convolution(
        path, in, out, kernel, List.of(strides), paddings, dilations, groups, bias);
  }

  Convolution padded(Long... paddings) {
    return new Convolution(
        path, in, out, kernel, strides, List.of(paddings), dilations, groups, bias);
  }

  Convolution dilated(Long... dilations) {
    return new Convolution(
        path, in, out, kernel, strides, paddings, List.of(dilations), groups, bias);
  }

  Convolution grouped(int groups) {
    return new Convolution(path, in, out, kernel, strides, paddings, dilations, groups, bias);
  }

  Convolution withoutBias() {
    return new Convolution(path, in, out, kernel, strides, paddings, dilations, groups, false);
  }
}
