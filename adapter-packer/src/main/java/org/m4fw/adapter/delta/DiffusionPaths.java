package org.m4fw.adapter.delta;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.adapter.lora.LoraBase;

/**
 * The attachment points of a pipeline by the names that trainers give them. Which dots of a path
 * became underscores cannot be seen from the result, so that all known paths are flattened and
 * looked up. Besides those of diffusers the names of the original code are known, which numbers the
 * blocks of the U through.
 */
final class DiffusionPaths {
  /** Residual blocks in a block of the way down, as in all published versions 1 and 2. */
  private static final int LAYERS = 2;

  private static final Pattern LEVEL =
      Pattern.compile("(down|up)_blocks\\.(\\d+)\\.(attentions|resnets)\\.(\\d+)\\.(.+)");
  private static final Pattern MIDDLE =
      Pattern.compile("mid_block\\.(attentions|resnets)\\.(\\d+)\\.(.+)");

  private final SortedMap<String, Layer> dotted = new TreeMap<>();
  private final SortedMap<String, Layer> flat = new TreeMap<>();

  /**
   * A layer that an adapter can add to.
   *
   * @param convolution whether it is one with a kernel of its own, and no matrix
   */
  record Layer(String path, boolean convolution) {}

  DiffusionPaths(LoraBase base) {
    base.convolutions().forEach(path -> add(new Layer(path, true)));
    base.points().stream()
        .filter(point -> point.kernel().isEmpty())
        .forEach(point -> add(new Layer(point.name(), false)));
  }

  private void add(Layer layer) {
    String path = layer.path();
    boolean text = path.contains("encoder.layers.");
    String bare = path.replaceFirst("^text_model\\.", "");
    for (String name : text ? new String[] {bare, "text_model." + bare} : new String[] {path}) {
      dotted.put(name, layer);
      flat.put(DiffusionKey.flat(name), layer);
    }
    original(path).ifPresent(name -> flat.put(DiffusionKey.flat(name), layer));
  }

  Optional<Layer> find(DiffusionKey key) {
    return Optional.ofNullable((key.flat() ? flat : dotted).get(key.layer()));
  }

  /** The path in the code of the model's authors. */
  private static Optional<String> original(String path) {
    Matcher level = LEVEL.matcher(path);
    if (level.matches()) {
      boolean down = level.group(1).equals("down");
      int block = Integer.parseInt(level.group(2));
      int layer = Integer.parseInt(level.group(4));
      int number = down ? (LAYERS + 1) * block + layer + 1 : (LAYERS + 1) * block + layer;
      int inner = level.group(3).equals("attentions") ? 1 : 0;
      return Optional.of(
          "%s_blocks.%s.%s.%s"
              .formatted(down ? "input" : "output", number, inner, module(level.group(5))));
    }
    Matcher middle = MIDDLE.matcher(path);
    if (middle.matches()) {
      int index = middle.group(1).equals("attentions") ? 1 : 2 * Integer.parseInt(middle.group(2));
      return Optional.of("middle_block.%s.%s".formatted(index, module(middle.group(3))));
    }
    return Optional.empty();
  }

  private static String module(String path) {
    return switch (path) {
      case "time_emb_proj" -> "emb_layers.1";
      case "conv1" -> "in_layers.2";
      case "conv2" -> "out_layers.3";
      case "conv_shortcut" -> "skip_connection";
      default -> path;
    };
  }
}
