package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.recipe.Recipe;

/**
 * An adapter as it is delivered: a signed package beside the image, and its parts in the image.
 *
 * @param packaged the package, still under its staged name
 * @param fileName the name that it gets
 * @param bytes the size of the package
 */
record AdapterBuild(
    Recipe.Adapter recipe, Path packaged, String fileName, long bytes, List<Gain> gains) {
  AdapterBuild {
    gains = List.copyOf(gains);
  }

  /** What the adapter brings on its own tokens, in the graph of a target. */
  record Gain(String target, Optional<Quality> without, Optional<Quality> with) {}
}
