package org.m4fw.adapter.pack;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;

/** The section {@code weights} of a package, held against what the manifest says of it. */
final class PackageWeights {
  private static final String SUFFIX_A = ".lora_A.weight";
  private static final String SUFFIX_B = ".lora_B.weight";

  private final Path file;
  private final PackageContent content;
  private final LoraAssembly assembly;
  private final Map<String, PackageContent.Point> points = new HashMap<>();

  private PackageWeights(Path file, PackageContent content) {
    this.file = file;
    this.content = content;
    this.assembly = new LoraAssembly(file);
    content.points().forEach(point -> points.put(point.name(), point));
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
      String point =
          name.endsWith(SUFFIX_A) || name.endsWith(SUFFIX_B)
              ? name.substring(0, name.length() - SUFFIX_A.length())
              : "";
      if (!points.containsKey(point)) {
        throw PackageError.UNEXPECTED_TENSOR.at(file, name);
      }
      if (name.endsWith(SUFFIX_A)) {
        assembly.addDown(point, tensor);
      } else {
        assembly.addUp(point, tensor);
      }
      seen.add(point);
    }
    for (PackageContent.Point point : content.points()) {
      if (!seen.contains(point.name())) {
        throw PackageError.POINT_DIFFERS.at(file, point.name(), "it is there", "without it");
      }
    }
  }

  /** The matrices, by their shapes alone. */
  List<LoraPair> pairs() {
    List<LoraPair> pairs = assembly.pairs(file.toString(), this::declared);
    requireSame(pairs);
    return pairs;
  }

  /** The matrices, every value looked at. */
  LoraAdapter adapter() {
    LoraAdapter lora = assembly.adapter(content.scaling(), file.toString(), this::declared);
    requireSame(lora.pairs());
    return lora;
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
