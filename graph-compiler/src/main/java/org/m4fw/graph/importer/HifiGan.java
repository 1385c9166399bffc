package org.m4fw.graph.importer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Weight;

/**
 * The generator of HiFi-GAN: frames to samples by transposed convolutions, each followed by the
 * mean of residual blocks that see differently far. Source: Kong et al., "HiFi-GAN: Generative
 * Adversarial Networks for Efficient and High Fidelity Speech Synthesis" (2020).
 */
final class HifiGan {
  /** The original leaves the last one at PyTorch's default. */
  private static final double LAST_SLOPE = 0.01;

  private static final long OUTER_KERNEL = 7;

  private final Layers layers;
  private final Primitives to;
  private final Names names;
  private final Shape shape;

  /**
   * How a project names the modules.
   *
   * @param prefix of all names, with the dot
   * @param stages the list of transposed convolutions
   * @param lastBias whether the last convolution has a bias
   */
  record Names(String prefix, String stages, boolean lastBias) {
    static final Names TRANSFORMERS_VITS = new Names("decoder.", "upsampler", false);

    /** Those of the original, which fairseq keeps. */
    static final Names ORIGINAL = new Names("", "ups", true);
  }

  /**
   * Its sizes.
   *
   * @param in channels of a frame
   * @param channels before the first stage; each stage halves them
   * @param rates by which a stage stretches time
   * @param kernels of the stages' transposed convolutions
   * @param blockKernels one per residual block of a stage
   * @param blockDilations per residual block, one per pair of convolutions
   * @param slope of the leaky rectifiers
   */
  record Shape(
      int in,
      int channels,
      List<Integer> rates,
      List<Integer> kernels,
      List<Integer> blockKernels,
      List<List<Integer>> blockDilations,
      double slope) {
    private static final int MAX_LENGTH = 16;

    Shape {
      rates = List.copyOf(rates);
      kernels = List.copyOf(kernels);
      blockKernels = List.copyOf(blockKernels);
      blockDilations = blockDilations.stream().map(List::copyOf).toList();
    }

    /**
     * Checks that the lists fit together; names in messages are those of transformers.
     *
     * @throws org.m4fw.base.problem.ProblemException with an {@link ImportError}
     */
    static Shape checked(
        String file,
        int in,
        int channels,
        List<Integer> rates,
        List<Integer> kernels,
        List<Integer> blockKernels,
        List<List<Integer>> blockDilations,
        double slope) {
      if (rates.isEmpty() || rates.size() > MAX_LENGTH) {
        throw ImportError.INCONSISTENT.at(
            file, "upsample_rates", rates.size() + " stages", "1 to " + MAX_LENGTH);
      }
      sameLength(file, "upsample_kernel_sizes", kernels.size(), "upsample_rates", rates.size());
      for (int i = 0; i < rates.size(); i++) {
        if (kernels.get(i) < rates.get(i)) {
          throw ImportError.INCONSISTENT.at(
              file,
              "upsample_kernel_sizes[%s]".formatted(i),
              kernels.get(i),
              "at least the rate (%s)".formatted(rates.get(i)));
        }
      }
      if (channels >> rates.size() == 0) {
        throw ImportError.INCONSISTENT.at(
            file,
            "upsample_initial_channel",
            channels,
            "at least %s, as each of %s stages halves it"
                .formatted(1 << rates.size(), rates.size()));
      }
      if (blockKernels.isEmpty() || blockKernels.size() > MAX_LENGTH) {
        throw ImportError.INCONSISTENT.at(
            file, "resblock_kernel_sizes", blockKernels.size() + " blocks", "1 to " + MAX_LENGTH);
      }
      sameLength(
          file,
          "resblock_dilation_sizes",
          blockDilations.size(),
          "resblock_kernel_sizes",
          blockKernels.size());
      for (List<Integer> dilations : blockDilations) {
        if (dilations.isEmpty() || dilations.size() > MAX_LENGTH) {
          throw ImportError.INCONSISTENT.at(
              file,
              "resblock_dilation_sizes",
              dilations.size() + " pairs of convolutions",
              "1 to " + MAX_LENGTH);
        }
      }
      for (int kernel : blockKernels) {
        if (kernel % 2 == 0) {
          throw ImportError.INCONSISTENT.at(file, "resblock_kernel_sizes", kernel, "odd numbers");
        }
      }
      return new Shape(in, channels, rates, kernels, blockKernels, blockDilations, slope);
    }

    private static void sameLength(String file, String name, int size, String other, int wanted) {
      if (size != wanted) {
        throw ImportError.INCONSISTENT.at(
            file, name, size + " elements", "%s as in %s".formatted(wanted, other));
      }
    }
  }

  HifiGan(Layers layers, Names names, Shape shape) {
    this.layers = layers;
    this.to = new Primitives(layers.graph());
    this.names = names;
    this.shape = shape;
  }

  /** Frames [B, in, T] to samples between −1 and 1 [B, 1, T·rates]. */
  String samples(String frames) {
    return samples(frames, Optional.empty(), Presence.everywhere(layers));
  }

  /**
   * The same in a voice, where there may be room for more frames than there are.
   *
   * @param frames zeros where there are none
   * @param there which there are
   */
  String samples(String frames, Optional<Voice> voice, Presence there) {
    Presence present = there;
    int channels = shape.channels();
    String first = outer("conv_pre", frames, shape.in(), channels, true);
    String hidden =
        voice
            .map(speaker -> speaker.added(first, names.prefix() + "cond", shape.channels()))
            .orElse(first);
    for (int i = 0; i < shape.rates().size(); i++) {
      Presence stretched = stretched(i, present);
      hidden = stage(i, hidden, channels, present, stretched);
      present = stretched;
      channels = shape.channels() >> (i + 1);
    }
    String active = to.leakyRelu(names.prefix() + "last.active", hidden, LAST_SLOPE);
    String last = outer("conv_post", present.only(active), channels, 1, names.lastBias());
    return to.op("Tanh", names.prefix() + "samples", last);
  }

  private String outer(String name, String input, int in, int out, boolean bias) {
    Convolution convolution =
        Convolution.of(names.prefix() + name, in, out, OUTER_KERNEL).padded(OUTER_KERNEL / 2);
    return layers.convolution(bias ? convolution : convolution.withoutBias(), input);
  }

  /** One position more than whole numbers where as many zeros cannot be cut off at both ends. */
  private Presence stretched(int index, Presence there) {
    int rate = shape.rates().get(index);
    boolean oneMore = (shape.kernels().get(index) - rate) % 2 != 0;
    return there.stretched(
        "%s%s.%s.there".formatted(names.prefix(), names.stages(), index), rate, oneMore);
  }

  /**
   * @param before which positions of the input there are
   * @param after which of the result
   */
  private String stage(int index, String input, int channels, Presence before, Presence after) {
    String name = names.prefix() + names.stages() + "." + index;
    String stretched =
        transposed(
            name,
            before.only(to.leakyRelu(name + ".active", input, shape.slope())),
            channels,
            channels >> 1,
            shape.kernels().get(index),
            shape.rates().get(index));
    int blocks = shape.blockKernels().size();
    String sum = block(index * blocks, 0, stretched, channels >> 1, after);
    for (int j = 1; j < blocks; j++) {
      String next = block(index * blocks + j, j, stretched, channels >> 1, after);
      sum = layers.add(name + ".sum." + j, sum, next);
    }
    return to.op("Div", name + ".mean", sum, to.real(blocks));
  }

  private String transposed(String name, String input, int in, int out, long kernel, long rate) {
    long padding = (kernel - rate) / 2;
    Operator operator =
        Operator.Primitive.of(
            "",
            "ConvTranspose",
            Map.of(
                "kernel_shape", new Attribute.Ints(List.of(kernel)),
                "strides", new Attribute.Ints(List.of(rate)),
                "pads", new Attribute.Ints(List.of(padding, padding))));
    String weight = WeightNorm.kernel(layers, name, in, out, kernel);
    String bias = layers.weight(name + ".bias", Weight.Role.BIAS, out);
    return layers.graph().node(name, operator, input, weight, bias);
  }

  /** A residual block: pairs of a dilated and a plain convolution, each added to its input. */
  private String block(int index, int kind, String input, int channels, Presence there) {
    String name = names.prefix() + "resblocks." + index;
    long kernel = shape.blockKernels().get(kind);
    List<Integer> dilations = shape.blockDilations().get(kind);
    String hidden = input;
    for (int i = 0; i < dilations.size(); i++) {
      String dilated = name + ".convs1." + i;
      String plain = name + ".convs2." + i;
      String first = convolution(dilated, hidden, channels, kernel, dilations.get(i), there);
      hidden =
          layers.add(
              plain + ".residual", hidden, convolution(plain, first, channels, kernel, 1, there));
    }
    return hidden;
  }

  private String convolution(
      String name, String input, int channels, long kernel, long dilation, Presence there) {
    String active = to.leakyRelu(name + ".active", input, shape.slope());
    return layers.convolution(
        Convolution.of(name, channels, channels, kernel)
            .padded(kernel / 2 * dilation)
            .dilated(dilation),
        there.only(active));
  }
}
