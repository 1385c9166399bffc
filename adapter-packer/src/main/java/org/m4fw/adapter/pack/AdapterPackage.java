package org.m4fw.adapter.pack;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.ort.OnnxAdapterReader;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.Fields;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.MappedSection;

/**
 * A package, opened and checked: structure, digests, the weights against the manifest, the runtime
 * forms against the weights. Whether its signatures count is the matter of the module {@code
 * signing}.
 */
public final class AdapterPackage implements AutoCloseable {
  private static final String SUFFIX_A = ".lora_A.weight";
  private static final String SUFFIX_B = ".lora_B.weight";

  private final ImageFile image;
  private final PackageContent content;
  private final LoraAdapter lora;

  private AdapterPackage(ImageFile image, PackageContent content, LoraAdapter lora) {
    this.image = image;
    this.content = content;
    this.lora = lora;
  }

  /** Whether a file is a container; of which kind, and whether it is whole, {@link #open} tells. */
  public static boolean recognises(Path file) {
    return ImageFile.recognizes(file);
  }

  /**
   * Opens a package and reads all of it.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PackageError} or an error of the
   *     container, the weights or the forms
   */
  public static AdapterPackage open(Path file) {
    ImageFile image = ImageFile.open(file, Kind.ADAPTER);
    try {
      image.verifyIntegrity(Progress.silent());
      PackageContent content =
          PackageContentJson.read(Fields.of(file.toString(), image.manifest().content()));
      LoraAdapter lora = weights(image.section(PackageWriter.WEIGHTS), content);
      for (MappedSection section : image.sections()) {
        if (section.section().role().equals(PackageWriter.ONNX_ROLE)) {
          FormCheck.check(
              file,
              section.section().id(),
              lora,
              OnnxAdapterReader.read(file, section.offset(), section.bytes()));
        }
      }
      return new AdapterPackage(image, content, lora);
    } catch (RuntimeException | Error e) {
      image.close();
      throw e;
    }
  }

  private static LoraAdapter weights(MappedSection section, PackageContent content) {
    Path file = section.file();
    SafetensorsReader.Content read =
        SafetensorsReader.read(file, section.offset(), section.bytes());
    if (!read.metadata().isEmpty()) {
      throw PackageError.UNEXPECTED_METADATA.at(file, PackageWriter.WEIGHTS);
    }
    Map<String, PackageContent.Point> points = new HashMap<>();
    content.points().forEach(point -> points.put(point.name(), point));
    LoraAssembly assembly = new LoraAssembly(file);
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
    LoraAdapter lora =
        assembly.adapter(
            content.scaling(),
            file.toString(),
            name -> {
              PackageContent.Point point = points.get(name);
              return new LoraAssembly.Declared(
                  point == null ? 0 : point.rank(), point == null ? 0 : point.alpha());
            });
    for (int i = 0; i < lora.pairs().size(); i++) {
      requireSame(file, content.points().get(i), lora.pairs().get(i));
    }
    return lora;
  }

  private static void requireSame(Path file, PackageContent.Point declared, LoraPair found) {
    if (declared.in() != found.point().in() || declared.out() != found.point().out()) {
      throw PackageError.POINT_DIFFERS.at(
          file,
          declared.name(),
          declared.in() + " to " + declared.out(),
          found.point().in() + " to " + found.point().out());
    }
  }

  /** In reverse-DNS form. */
  public String id() {
    return image.manifest().product();
  }

  public String version() {
    return image.manifest().version();
  }

  /** The identity of these very bytes, signatures apart. */
  public Digest imageId() {
    return image.imageId();
  }

  public PackageContent content() {
    return content;
  }

  /** What it says towards an interface. */
  public AdapterClaim claim() {
    return LoraClaim.of(lora, Optional.of(content.base()));
  }

  /** Its matrices; valid until the package is closed. */
  public LoraAdapter lora() {
    return lora;
  }

  @Override
  public void close() {
    image.close();
  }
}
