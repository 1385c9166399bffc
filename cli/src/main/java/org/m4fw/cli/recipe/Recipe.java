package org.m4fw.cli.recipe;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.host.path.ExecutionPath;
import tools.jackson.databind.JsonNode;

/**
 * What a product is made of, as its recipe file ({@code docs/recipe.schema.json}) says.
 *
 * @param file the recipe itself
 * @param product the name of the product line: images of another one do not replace it
 * @param version as people speak of it: {@code 1.0.0}
 * @param build counts builds of a version
 * @param targets the devices that graphs are made for, as {@code m4fw targets} names them; the
 *     files among them with the recipe's directory in front
 * @param paths the ways through the components that applications can ask for
 * @param revocations a list of what is trusted no more, to be carried to devices
 */
public record Recipe(
    Path file,
    String product,
    String version,
    long build,
    Rollback rollback,
    List<Component> components,
    List<String> targets,
    List<Adapter> adapters,
    List<ExecutionPath> paths,
    Optional<Path> revocations,
    Optional<Signing> signing) {
  public Recipe {
    components = List.copyOf(components);
    targets = List.copyOf(targets);
    adapters = List.copyOf(adapters);
    paths = List.copyOf(paths);
  }

  /**
   * Keeps devices from going back to an older image.
   *
   * @param domain what is counted
   * @param index a device refuses images with a smaller one than it has seen
   */
  public record Rollback(String domain, long index) {}

  /**
   * Where something came from and under which terms.
   *
   * @param source such as the address of a repository on a model hub; empty if not stated
   * @param revision of the source, such as a commit; empty if not stated
   * @param licence as an SPDX expression; empty if not stated
   */
  public record Origin(String source, String revision, String licence) {
    /** Nothing is stated. */
    public static Origin unknown() {
      return new Origin("", "", "");
    }
  }

  /**
   * A model.
   *
   * @param name within the image: {@code backbone}
   * @param model the checkpoint
   * @param parts those of the checkpoint that are wanted; empty for all
   * @param options of its import, by name
   * @param scheme how its weights are quantized
   * @param overrides other schemes for single weights, by name, in which {@code *} is any text
   * @param rounding how the numbers are found
   * @param offers what adapters of this component bind to
   * @param evaluation tokens that quality is measured on
   * @param sizes of the axes of graphs for targets that want them fixed, a map for each bucket;
   *     empty for the usual ones
   * @param onHost the targets that shall leave it to their hosts
   */
  public record Component(
      String name,
      Path model,
      List<String> parts,
      SortedMap<String, JsonNode> options,
      String scheme,
      SortedMap<String, String> overrides,
      Rounding rounding,
      Interface offers,
      Origin origin,
      Optional<Path> evaluation,
      List<SortedMap<String, Long>> sizes,
      List<String> onHost) {
    public Component {
      sizes = List.copyOf(sizes);
      onHost = List.copyOf(onHost);
      parts = List.copyOf(parts);
      options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
      overrides = Collections.unmodifiableSortedMap(new TreeMap<>(overrides));
    }
  }

  /**
   * How quantization finds its numbers.
   *
   * @param method {@code rtn}, {@code gptq}, {@code awq} or {@code auto}
   * @param calibration tokens or tensors that the model is calibrated on
   * @param smooth how far outliers of what layers read are moved into weights, from 0 to 1
   * @param observer how ranges of activations follow from the calibration data
   * @param minSqnr what whole numbers have to keep, in dB
   * @param bits that the linear layers may take for each of their weights
   * @param budget what all weights may take: {@code 3.6GB}
   */
  public record Rounding(
      String method,
      Optional<Path> calibration,
      Optional<Double> smooth,
      Optional<String> observer,
      Optional<Double> minSqnr,
      Optional<Double> bits,
      Optional<String> budget) {}

  /**
   * What adapters are bound to; kept as long as attachment points and tokenizer stay the same.
   *
   * @param id such as {@code m4.backbone}
   * @param version semantic: a new major one if adapters have to be made anew
   * @param released the interface file of the last release, against which the version is checked
   */
  public record Interface(String id, String version, Optional<Path> released) {}

  /**
   * An adapter that is delivered in the image.
   *
   * @param directory its files
   * @param id in reverse-domain form: {@code org.example.licence}
   * @param component the component it belongs to
   * @param alpha the LoRA alpha, for formats that do not hold it
   * @param task what it is for, as its package will say
   * @param evaluation tokens that its gain is measured on
   */
  public record Adapter(
      Path directory,
      String id,
      String version,
      String component,
      Optional<Double> alpha,
      Optional<JsonNode> task,
      Origin origin,
      Optional<Path> evaluation) {}

  /**
   * Who signs.
   *
   * @param key the file of the private keys
   */
  public record Signing(Path key, Passphrase passphrase) {}

  /** Where the passphrase of a key is. */
  public sealed interface Passphrase {
    /** The key has none. */
    record None() implements Passphrase {}

    /** In an environment variable. */
    record Variable(String name) implements Passphrase {}

    /** The first line of a file. */
    record InFile(Path path) implements Passphrase {}
  }

  /** The directory that paths in the recipe are relative to. */
  public Path directory() {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }
}
