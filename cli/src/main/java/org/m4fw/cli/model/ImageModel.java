package org.m4fw.cli.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.text.Tokenizer;
import org.m4fw.image.ImageFile;

/** The component of an image that is to be run by itself. */
final class ImageModel {
  private static final String TOKENIZER = "tokenizer.json";

  private final ImageFile image;
  private final ImageComponent component;

  private ImageModel(ImageFile image, ImageComponent component) {
    this.image = image;
    this.component = component;
  }

  /**
   * Finds the component and target asked for: without a choice the only component, and the first
   * target of it.
   */
  static ImageModel choose(ImageFile image, ModelRequest request) {
    if (request.scheme().isPresent()) {
      throw ModelError.ALREADY_QUANTIZED.at(image.path(), "");
    }
    List<String> components = ImageComponent.components(image);
    if (components.isEmpty()) {
      throw ModelError.NOT_A_MODEL.at(image.path(), "");
    }
    if (request.component().isEmpty() && components.size() > 1) {
      throw ModelError.COMPONENT_NEEDED.at(image.path(), "", String.join(", ", components));
    }
    String component = request.component().orElse(components.getFirst());
    return new ImageModel(
        image,
        ImageComponent.of(
            image,
            component,
            request.target(),
            part -> isWanted(part, request.vectors()),
            Set.of(TOKENIZER)));
  }

  /** A decoder may be there twice, one that takes tokens and one that takes vectors. */
  private static boolean isWanted(String part, boolean vectors) {
    return switch (part) {
      case Model.DECODER -> !vectors;
      case Model.EMBEDDING, Model.VECTORS -> vectors;
      default -> true;
    };
  }

  /** Checks the sections that will be used against their digests; not who signed them. */
  void verify(Progress progress) {
    image.verifyIntegrity(component.sections(), OrderedWork.onAllCores(), progress);
  }

  /** The graphs; a decoder is called that, whatever it takes. */
  SequencedMap<String, CompiledModel> parts() {
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    component
        .parts()
        .forEach(
            (part, graph) -> parts.put(part.equals(Model.VECTORS) ? Model.DECODER : part, graph));
    return parts;
  }

  Optional<Supplier<Tokenizer>> tokenizer() {
    String name =
        "%s: %s".formatted(image.path(), SectionRole.file(component.name(), TOKENIZER).id());
    return component.file(TOKENIZER).map(json -> () -> Tokenizer.open(name, json));
  }
}
