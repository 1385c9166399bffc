package org.m4fw.graph.importer;

import org.m4fw.base.json.Fields;

/**
 * The sizes of an ImageBind model under the names of its constructor's arguments. The published
 * {@code imagebind_huge.pth} comes without a configuration, so what is not said is as it is there.
 *
 * <p>Two fields are this project's own, for checkpoints that were trained with MobileFM's changed
 * code: {@code imu_stride}, how many samples lie between the starts of two windows (otherwise
 * {@code imu_kernel_size}, so that they do not overlap), and {@code text_causal_mask}, false for
 * text trunks that see the whole sentence at every position, as those wrapped for LoRA do.
 *
 * @param width of the embeddings that all modalities share
 * @param patch frames, rows and columns of a patch of an image
 * @param audioKernel side of a patch of a spectrogram
 * @param melBins rows of a spectrogram
 * @param audioFrames columns of a spectrogram
 * @param imuKernel samples in a window
 * @param imuStride samples between the starts of two windows
 */
record ImageBindConfig(
    int width,
    Trunk vision,
    Trunk text,
    Trunk audio,
    Trunk imu,
    Patch patch,
    int audioKernel,
    int audioStride,
    int melBins,
    int audioFrames,
    int imuKernel,
    int imuStride,
    boolean causalText) {
  private static final int MAX_WIDTH = 1 << 16;
  private static final int MAX_BLOCKS = 1 << 10;
  private static final int MAX_KERNEL = 1 << 8;
  private static final int MAX_SIDE = 1 << 14;

  /** The transformer of one modality. */
  record Trunk(int width, int blocks, int heads) {}

  /** A patch of a video. An image becomes a video of {@link #FRAMES} equal frames. */
  record Patch(int frames, int rows, int columns) {
    static final int FRAMES = 2;
  }

  static ImageBindConfig read(Fields config) {
    int audioKernel = integer(config, "audio_kernel_size", 16, MAX_KERNEL);
    int imuKernel = integer(config, "imu_kernel_size", 8, MAX_KERNEL);
    return new ImageBindConfig(
        integer(config, "out_embed_dim", 1024, MAX_WIDTH),
        trunk(config, "vision", 1280, 32, 16),
        trunk(config, "text", 1024, 24, 16),
        trunk(config, "audio", 768, 12, 12),
        trunk(config, "imu", 512, 6, 8),
        patch(config),
        audioKernel,
        integer(config, "audio_stride", 10, MAX_KERNEL),
        side(config, "audio_num_mel_bins", 128, audioKernel),
        side(config, "audio_target_len", 204, audioKernel),
        imuKernel,
        integer(config, "imu_stride", imuKernel, MAX_KERNEL),
        config.bool("text_causal_mask", true));
  }

  /** Patches in a column of a spectrogram. */
  int audioRows() {
    return (melBins - audioKernel) / audioStride + 1;
  }

  /** Patches in a row of a spectrogram. */
  int audioColumns() {
    return (audioFrames - audioKernel) / audioStride + 1;
  }

  private static Trunk trunk(Fields config, String modality, int width, int blocks, int heads) {
    Trunk trunk =
        new Trunk(
            integer(config, modality + "_embed_dim", width, MAX_WIDTH),
            integer(config, modality + "_num_blocks", blocks, MAX_BLOCKS),
            integer(config, modality + "_num_heads", heads, MAX_WIDTH));
    if (trunk.width() % trunk.heads() != 0) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          modality + "_num_heads",
          trunk.heads(),
          "a divisor of %s_embed_dim (%d)".formatted(modality, trunk.width()));
    }
    return trunk;
  }

  private static Patch patch(Fields config) {
    if (config.optionalInteger("video_frames", 1, MAX_SIDE).orElse(Patch.FRAMES) != Patch.FRAMES) {
      throw ImportError.UNSUPPORTED_OPTION.at(
          config.file(), "video_frames", config.node().get("video_frames"), Patch.FRAMES);
    }
    if (!config.has("kernel_size")) {
      return new Patch(Patch.FRAMES, 14, 14);
    }
    long[] sizes = config.integers("kernel_size", 1, MAX_KERNEL);
    if (sizes.length != 3 || sizes[0] > Patch.FRAMES) {
      throw ImportError.UNSUPPORTED_OPTION.at(
          config.file(),
          "kernel_size",
          config.node().get("kernel_size"),
          "frames (at most %d), rows and columns".formatted(Patch.FRAMES));
    }
    return new Patch((int) sizes[0], (int) sizes[1], (int) sizes[2]);
  }

  private static int side(Fields config, String name, int otherwise, int kernel) {
    int side = integer(config, name, otherwise, MAX_SIDE);
    if (side < kernel) {
      throw ImportError.INCONSISTENT.at(
          config.file(), name, side, "at least audio_kernel_size (%d)".formatted(kernel));
    }
    return side;
  }

  private static int integer(Fields config, String name, int otherwise, int max) {
    return Math.toIntExact(config.optionalInteger(name, 1, max).orElse(otherwise));
  }
}
