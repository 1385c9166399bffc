package org.m4fw.cli.pipeline;

import java.util.List;
import java.util.Locale;
import org.m4fw.image.Section;
import org.m4fw.image.SectionSpec;

/**
 * What the sections of an image are, and how they are called. A section's name is its file name
 * when all sections lie in one directory; graphs find their weights by it, there as in the image.
 */
public enum SectionRole {
  /** The model's own configuration. */
  CONFIG("application/json", "config.json"),
  TOKENIZER("application/json", "tokenizer.json"),
  /** A file that came with the model and that front ends or ends need. */
  FILE("application/octet-stream", ""),
  /** The weights of all graphs of a component: equal ones once, each aligned to 4096 bytes. */
  WEIGHTS("application/octet-stream", "weights.bin"),
  /** An ONNX graph whose weights are external data in the section of role WEIGHTS. */
  GRAPH("application/onnx", "onnx"),
  /**
   * A .tflite file without its weights, a multiple of 16 KiB long; with the section of role WEIGHTS
   * behind it the file is whole.
   */
  LITE_GRAPH("application/octet-stream", "tflite.head"),
  /** An ONNX graph of what the host does before a .tflite file runs. */
  HOST_GRAPH("application/onnx", "host.onnx"),
  /** The configuration that onnxruntime-genai wants beside a graph. */
  GENAI("application/json", "genai_config.json"),
  /** What the graphs for a target answer to known inputs. */
  KNOWN_ANSWERS("application/json", "known-answers.json"),
  /** What adapters bind to. */
  INTERFACE("application/json", "m4if.json"),
  /** What an adapter's package says; its weights are sections of their own. */
  ADAPTER("application/json", "adapter.json"),
  /** Digests, source revisions and licences of what the image was made from. */
  PROVENANCE("application/json", "provenance.json"),
  /** What is trusted no more, for whoever installs the image. */
  REVOCATIONS("application/json", "revocations.json"),
  /** A bill of materials: CycloneDX. */
  SBOM("application/vnd.cyclonedx+json", "sbom.cdx.json"),
  /** How the image was built: in-toto, SLSA. */
  SLSA("application/vnd.in-toto+json", "slsa.intoto.json");

  private final String media;
  private final String suffix;

  SectionRole(String media, String suffix) {
    this.media = media;
    this.suffix = suffix;
  }

  /** As the manifest spells it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A section that all targets need. */
  public SectionSpec of(String component) {
    return new SectionSpec(
        text() + "." + component, text(), component, List.of(), media, fileName(component));
  }

  /** Whether a file that came with a model has a role of its own. */
  public static boolean hasOwnRole(String file) {
    return file.equals(CONFIG.suffix) || file.equals(TOKENIZER.suffix);
  }

  /**
   * A file that came with a model.
   *
   * @param file relative to the model's directory: {@code vocab.json}, {@code tokenizer/merges.txt}
   */
  public static SectionSpec file(String component, String file) {
    if (hasOwnRole(file)) {
      return (file.equals(CONFIG.suffix) ? CONFIG : TOKENIZER).of(component);
    }
    String owner = component + "." + file.replace('/', '.').toLowerCase(Locale.ROOT);
    return new SectionSpec(
        FILE.text() + "." + owner, FILE.text(), component, List.of(), FILE.media, owner);
  }

  /** The graph of a part for a target. */
  static SectionSpec graph(String component, String part, String target) {
    return forTarget(GRAPH, component, "%s.%s.%s".formatted(component, part, target), target);
  }

  /** The .tflite file of a part for a target. */
  static SectionSpec liteGraph(String component, String part, String target) {
    return forTarget(LITE_GRAPH, component, "%s.%s.%s".formatted(component, part, target), target);
  }

  /**
   * What the host does before the .tflite file of a part.
   *
   * @param bucket its number among the signatures of the file
   */
  static SectionSpec hostGraph(String component, String part, String target, int bucket) {
    return forTarget(
        HOST_GRAPH, component, "%s.%s.%s.%s".formatted(component, part, target, bucket), target);
  }

  /** The runtime's configuration for a target. */
  static SectionSpec genai(String component, String target) {
    return forTarget(GENAI, component, "%s.%s".formatted(component, target), target);
  }

  /** The known answers of a component for a target. */
  public static SectionSpec knownAnswers(String component, String target) {
    return forTarget(KNOWN_ANSWERS, component, "%s.%s".formatted(component, target), target);
  }

  private static SectionSpec forTarget(
      SectionRole role, String component, String owner, String target) {
    return new SectionSpec(
        role.text() + "." + owner,
        role.text(),
        component,
        List.of(target),
        role.media,
        role.fileName(owner));
  }

  /** The part of a component that a section of role GRAPH or LITE_GRAPH is the graph of. */
  public static String part(Section graph) {
    String[] words = graph.id().split("\\.", -1);
    return words.length == 4 ? words[2] : "";
  }

  /** An adapter of a component. */
  static SectionSpec adapter(String id, String component) {
    return new SectionSpec(
        "adapter." + id, ADAPTER.text(), component, List.of(), ADAPTER.media, ADAPTER.fileName(id));
  }

  /** A section about the whole image. */
  SectionSpec ofImage() {
    return new SectionSpec(text(), text(), "", List.of(), media, suffix);
  }

  /** {@code backbone.pixel7pro-cpu.onnx}. */
  public String fileName(String owner) {
    return owner + "." + suffix;
  }
}
