package org.m4fw.graph.importer;

/**
 * Who speaks: a vector that layers of VITS add, each through a convolution of its own, to what they
 * were given.
 *
 * @param vector [B, width, 1]
 */
record Voice(Layers layers, String vector, int width) {

  /**
   * The sum of a value and what a layer hears of the voice.
   *
   * @param value [B, channels, T]
   * @param path of the layer's convolution
   */
  String added(String value, String path, int channels) {
    return layers.add(path + ".added", value, heard(path, channels));
  }

  /** What a layer hears of the voice: [B, channels, 1]. */
  String heard(String path, int channels) {
    return layers.convolution(Convolution.of(path, width, channels, 1L), vector);
  }
}
