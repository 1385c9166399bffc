package org.m4fw.cli.pipeline;

import java.util.List;
import java.util.Locale;
import org.m4fw.image.SectionSpec;

/**
 * What the sections of an image are, and how they are called. A section's name is its file name
 * when all sections lie in one directory; graphs find their weights by it, there as in the image.
 */
public enum SectionRole {
  /** The model's own configuration. */
  CONFIG("application/json", "config.json"),
  TOKENIZER("application/json", "tokenizer.json"),
  /** The weights of all graphs of a component: equal ones once, each aligned to 4096 bytes. */
  WEIGHTS("application/octet-stream", "weights.bin"),
  /** An ONNX graph whose weights are external data in the section of role WEIGHTS. */
  GRAPH("application/onnx", "onnx"),
  /** The configuration that onnxruntime-genai wants beside a graph. */
  GENAI("application/json", "genai_config.json"),
  /** What adapters bind to. */
  INTERFACE("application/json", "m4if.json"),
  /** An adapter package, as it would be on its own. */
  ADAPTER("application/vnd.m4fw.adapter", "m4adapter"),
  /** Digests, source revisions and licences of what the image was made from. */
  PROVENANCE("application/json", "provenance.json");

  private final String media;
  private final String suffix;

  SectionRole(String media, String suffix) {
    this.media = media;
    this.suffix = suffix;
  }

  /** As the manifest spells it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A section that all targets need. */
  public SectionSpec of(String component) {
    return new SectionSpec(
        text() + "." + component, text(), component, List.of(), media, fileName(component));
  }

  /** A section that one target needs. */
  public SectionSpec of(String component, String target) {
    return new SectionSpec(
        "%s.%s.%s".formatted(text(), component, target),
        text(),
        component,
        List.of(target),
        media,
        fileName(component + "." + target));
  }

  /** An adapter of a component. */
  static SectionSpec adapter(String id, String component) {
    return new SectionSpec(
        "adapter." + id, ADAPTER.text(), component, List.of(), ADAPTER.media, ADAPTER.fileName(id));
  }

  /** The section about the whole image. */
  static SectionSpec provenance() {
    return new SectionSpec(
        PROVENANCE.text(), PROVENANCE.text(), "", List.of(), PROVENANCE.media, PROVENANCE.suffix);
  }

  /** {@code backbone.pixel7pro-cpu.onnx}. */
  public String fileName(String owner) {
    return owner + "." + suffix;
  }
}
