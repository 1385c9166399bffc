package org.m4fw.adapter.pack;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.lora.LoraValues;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;

/** The section {@code weights} of a package, held against what the manifest says of it. */
final class PackageWeights {
  /** The name of virtual tokens. */
  static final String PROMPT = "prompt_embeddings";

  private static final String NO_BRANCHES =
      "holds no low-rank branches: all that it changes are heads and scales";

  /** What follows the name of a point of DoRA. */
  static final String MAGNITUDE = ".lora_magnitude_vector";

  private static final String SUFFIX_A = ".lora_A.weight";
  private static final String SUFFIX_B = ".lora_B.weight";

  private final Path file;
  private final PackageContent content;
  private final LoraAssembly assembly;
  private final Map<String, PackageContent.Point> points = new HashMap<>();
  private final Map<String, PackageContent.Head> heads = new HashMap<>();
  private final SortedMap<String, Tensor> replaced = new TreeMap<>();
  private Optional<Tensor> prompt = Optional.empty();

  private PackageWeights(Path file, PackageContent content) {
    this.file = file;
    this.content = content;
    this.assembly =
        new LoraAssembly(
            file, content.method() instanceof PackageMethod.LowRank lora && lora.scaled());
    content.points().stream()
        .filter(PackageContent.Point::table)
        .forEach(point -> assembly.addTable(point.name()));
    content.points().forEach(point -> assembly.addKernel(point.name(), point.kernel()));
    content.points().forEach(point -> points.put(point.name(), point));
    content.heads().forEach(head -> heads.put(head.name(), head));
  }

  /** Reads the header: names, types, alignment; exactly the points of the manifest. */
  static PackageWeights of(ImageFile image, PackageContent content) {
    return of(image.section(PackageWriter.WEIGHTS), content);
  }

  /** The same of a section that lies anywhere. */
  static PackageWeights of(MappedSection section, PackageContent content) {
    PackageWeights weights = new PackageWeights(section.file(), content);
    SafetensorsReader.Content read =
        SafetensorsReader.read(section.file(), section.offset(), section.bytes());
    if (!read.metadata().isEmpty()) {
      throw PackageError.UNEXPECTED_METADATA.at(section.file(), PackageWriter.WEIGHTS);
    }
    weights.assemble(read);
    return weights;
  }

  private void assemble(SafetensorsReader.Content read) {
    Set<String> seen = new HashSet<>();
    for (Tensor tensor : read.tensors().values()) {
      String name = tensor.name();
      if (tensor.extent().offset() % tensor.dtype().bytes() != 0) {
        throw PackageError.UNALIGNED.at(file, name, tensor.extent().offset());
      }
      if (content.method() instanceof PackageMethod.Virtual && name.equals(PROMPT)) {
        prompt = Optional.of(tensor);
      } else if (heads.containsKey(name)) {
        assembly.addReplaced(name, head(tensor));
        replaced.put(name, tensor);
      } else {
        seen.add(matrix(tensor));
      }
    }
    for (PackageContent.Point point : content.points()) {
      if (!seen.contains(point.name())) {
        throw PackageError.POINT_DIFFERS.at(file, point.name(), "it is there", "without it");
      }
    }
    for (PackageContent.Head head : content.heads()) {
      if (!replaced.containsKey(head.name())) {
        throw PackageError.POINT_DIFFERS.at(file, head.name(), "it is there", "without it");
      }
    }
  }

  private String matrix(Tensor tensor) {
    String name = tensor.name();
    String suffix =
        Stream.of(SUFFIX_A, SUFFIX_B, MAGNITUDE).filter(name::endsWith).findFirst().orElse("");
    String point = name.substring(0, name.length() - suffix.length());
    boolean scaled = content.method() instanceof PackageMethod.LowRank lora && lora.scaled();
    if (suffix.isEmpty() || !points.containsKey(point) || (suffix.equals(MAGNITUDE) && !scaled)) {
      throw PackageError.UNEXPECTED_TENSOR.at(file, name);
    }
    switch (suffix) {
      case SUFFIX_A -> assembly.addDown(point, tensor);
      case SUFFIX_B -> assembly.addUp(point, tensor);
      default -> assembly.addMagnitude(point, tensor);
    }
    return point;
  }

  private Tensor head(Tensor tensor) {
    List<Long> expected = Objects.requireNonNull(heads.get(tensor.name())).shape();
    if (!expected.equals(tensor.shape().dims())) {
      throw PackageError.POINT_DIFFERS.at(file, tensor.name(), expected, tensor.shape());
    }
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw LoraError.NOT_FLOAT.at(file, tensor.name(), tensor.dtype());
    }
    return tensor;
  }

  /** What the package claims, by the shapes alone. */
  AdapterClaim claim() {
    Optional<AdapterClaim.Base> base = Optional.of(content.base());
    return switch (content.method()) {
      case PackageMethod.LowRank(LoraScaling scaling, boolean scaled) ->
          LoraClaim.of(scaling, pairs(), replaced, base);
      case PackageMethod.Virtual virtual -> {
        prompt(virtual);
        yield PromptClaim.of(virtual, base);
      }
    };
  }

  /** The matrices, by their shapes alone. */
  private List<LoraPair> pairs() {
    if (points.isEmpty()) {
      return List.of();
    }
    List<LoraPair> pairs = assembly.pairs(file.toString(), this::declared);
    requireSame(pairs);
    return pairs;
  }

  /** The numbers, every value looked at. */
  PackagePayload payload() {
    return switch (content.method()) {
      case PackageMethod.LowRank(LoraScaling scaling, boolean scaled) ->
          new PackagePayload.Lora(adapter(scaling));
      case PackageMethod.Virtual virtual -> {
        Tensor tensor = prompt(virtual);
        LoraValues.requireFinite(tensor);
        yield new PackagePayload.Prompt(new SoftPrompt(virtual.prompt(), tensor));
      }
    };
  }

  private LoraAdapter adapter(LoraScaling scaling) {
    if (points.isEmpty()) {
      replaced.values().forEach(LoraValues::requireFinite);
      return new LoraAdapter(scaling, List.of(), replaced, List.of(NO_BRANCHES));
    }
    LoraAdapter lora = assembly.adapter(scaling, file.toString(), this::declared);
    requireSame(lora.pairs());
    return lora;
  }

  private Tensor prompt(PackageMethod.Virtual virtual) {
    Tensor tensor =
        prompt.orElseThrow(
            () -> PackageError.PROMPT_DIFFERS.at(file, PROMPT, "it is there", "nothing"));
    Shape expected = Shape.of(virtual.tokens(), virtual.numbers());
    if (!tensor.shape().equals(expected)) {
      throw PackageError.PROMPT_DIFFERS.at(file, PROMPT, expected, tensor.shape());
    }
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw LoraError.NOT_FLOAT.at(file, PROMPT, tensor.dtype());
    }
    return tensor;
  }

  private LoraAssembly.Declared declared(String name) {
    PackageContent.Point point = points.get(name);
    return new LoraAssembly.Declared(
        point == null ? 0 : point.rank(), point == null ? 0 : point.alpha());
  }

  private void requireSame(List<LoraPair> pairs) {
    for (int i = 0; i < pairs.size(); i++) {
      PackageContent.Point declared = content.points().get(i);
      LoraPair found = pairs.get(i);
      if (declared.in() != found.point().in() || declared.out() != found.point().out()) {
        throw PackageError.POINT_DIFFERS.at(
            file,
            declared.name(),
            declared.in() + " to " + declared.out(),
            found.point().in() + " to " + found.point().out());
      }
    }
  }
}
