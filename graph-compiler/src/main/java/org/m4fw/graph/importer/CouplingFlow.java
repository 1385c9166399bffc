package org.m4fw.graph.importer;

import java.util.Optional;

/**
 * The flow of VITS, backwards: from what the text asks for to the latent frames that the vocoder
 * takes. Each layer moves one half of the channels by a mean that a WaveNet computes from the other
 * half (Prenger et al., "WaveGlow", 2019); before each layer the channels are turned around.
 */
final class CouplingFlow {
  private static final String PATH = "flow";

  private final VitsConfig config;
  private final Layers layers;
  private final Primitives to;
  private final String mask;
  private final Optional<Voice> voice;

  /**
   * @param mask [B, 1, T], 0 for frames that are not there
   */
  CouplingFlow(VitsConfig config, Layers layers, String mask, Optional<Voice> voice) {
    this.config = config;
    this.layers = layers;
    this.to = new Primitives(layers.graph());
    this.mask = mask;
    this.voice = voice;
  }

  /** Frames [B, flow width, T] to such. */
  String inverse(String frames) {
    String latents = frames;
    for (int i = config.flows() - 1; i >= 0; i--) {
      latents = layer(PATH + ".flows." + i, latents);
    }
    return latents;
  }

  private String layer(String path, String latents) {
    int half = config.flowWidth() / 2;
    String turned = to.flip(path + ".turned", latents, 1);
    String first = to.slice(path + ".first", turned, 1, 0, half);
    String second = to.slice(path + ".second", turned, 1, half, 2L * half);
    String spread =
        layers.convolution(Convolution.of(path + ".conv_pre", half, config.width(), 1L), first);
    String waves = waveNet(path + ".wavenet", masked(spread));
    String mean =
        masked(
            layers.convolution(
                Convolution.of(path + ".conv_post", config.width(), half, 1L), waves));
    String moved = masked(to.op("Sub", path + ".moved", second, mean));
    return layers.concat(path + ".latents", 1, first, moved);
  }

  /** Gated convolutions, of which each adds to the residual stream and to the sum of all. */
  private String waveNet(String path, String input) {
    int width = config.width();
    int last = config.wave().layers() - 1;
    String stream = input;
    String sum = "";
    long dilation = 1;
    int all = 2 * width * config.wave().layers();
    Optional<String> heard = voice.map(speaker -> speaker.heard(path + ".cond_layer", all));
    for (int i = 0; i <= last; i++) {
      String gated = gated(path, i, stream, dilation, heard);
      String name = path + ".res_skip_layers." + i;
      String both = same(name, gated, width, i < last ? 2 * width : width, 1, 1);
      String skip = both;
      if (i < last) {
        String residual = to.slice(name + ".residual", both, 1, 0, width);
        stream = masked(layers.add(name + ".stream", stream, residual));
        skip = to.slice(name + ".skip", both, 1, width, 2L * width);
      }
      sum = i == 0 ? skip : layers.add(name + ".sum", sum, skip);
      dilation *= config.wave().dilationRate();
    }
    return masked(sum);
  }

  /** Each layer hears a slice of its own of the voice. */
  private String gated(
      String path, int index, String stream, long dilation, Optional<String> heard) {
    int width = config.width();
    String name = path + ".in_layers." + index;
    String plain = same(name, stream, width, 2 * width, config.wave().kernel(), dilation);
    long from = 2L * width * index;
    String both =
        heard
            .map(all -> to.slice(name + ".heard", all, 1, from, from + 2L * width))
            .map(own -> layers.add(name + ".voiced", plain, own))
            .orElse(plain);
    String value = to.op("Tanh", name + ".tanh", to.slice(name + ".value", both, 1, 0, width));
    String gate =
        to.op("Sigmoid", name + ".sigmoid", to.slice(name + ".gate", both, 1, width, 2L * width));
    return layers.multiply(name + ".gated", value, gate);
  }

  /** A convolution that keeps the length. */
  private String same(String path, String input, int in, int out, long kernel, long dilation) {
    return layers.convolution(
        Convolution.of(path, in, out, kernel).padded(kernel / 2 * dilation).dilated(dilation),
        input);
  }

  private String masked(String value) {
    return layers.multiply(value + ".masked", value, mask);
  }
}
