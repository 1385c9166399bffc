package org.m4fw.adapter.pack;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceCheck;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.VersionRange;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;

/**
 * Writes adapter packages. Sections:
 *
 * <ul>
 *   <li>{@code weights}: the portable form, safetensors without metadata, {@code
 *       <point>.lora_A.weight} [rank, in] and {@code <point>.lora_B.weight} [out, rank] in the
 *       numbers and element types of the adapter, wider types first, so that every tensor is
 *       aligned to its elements;
 *   <li>{@code onnx-f32}, {@code onnx-f16}: for ONNX Runtime, transposed and scaled, derived from
 *       the portable form;
 *   <li>{@code known-answers}: in packages that were bound to an image ({@link #bind}).
 * </ul>
 *
 * The bytes follow from adapter, interface and request alone.
 */
public final class PackageWriter {
  static final String WEIGHTS = "weights";
  static final String ONNX_ROLE = "onnx-adapter";
  private static final String DOMAIN = "adapters";

  private final ImageWriter writer;

  public PackageWriter(ImageWriter writer) {
    this.writer = writer;
  }

  /**
   * Writes a package up to its signature; close the result if it is not completed.
   *
   * @param offered what the package is bound to
   * @throws org.m4fw.base.problem.ProblemException with {@link PackageError#DOES_NOT_FIT} if the
   *     adapter does not fit the interface, {@link PackageError#NOT_REPRESENTABLE} if it is more
   *     than LoRA, with an error of the container if a name breaks a rule
   */
  public UnsignedImage write(
      LoraAdapter adapter, InterfaceRecord offered, PackageRequest request, Path target) {
    return write(adapter, offered, request, Optional.empty(), target);
  }

  /**
   * The same for an adapter that may have been carried over.
   *
   * @param carried from which package, if it was
   */
  public UnsignedImage write(
      LoraAdapter adapter,
      InterfaceRecord offered,
      PackageRequest request,
      Optional<PackageContent.Carried> carried,
      Path target) {
    requireRepresentable(adapter);
    requireFit(adapter, offered);
    PackageContent content =
        new PackageContent(
            new AdapterClaim.Base(
                offered.id(),
                VersionRange.compatibleWith(offered.version()),
                offered.tokenizer(),
                offered.weights(),
                List.of()),
            adapter.scaling(),
            adapter.pairs().stream().map(PackageWriter::point).toList(),
            request.licence(),
            request.task(),
            OptionalDouble.empty(),
            carried);
    return write(adapter, content, request, List.of(), target);
  }

  /**
   * Writes a package again, with what running it on an image gave: the same adapter, the image
   * among those that it was run on, and its answers there.
   *
   * @param request id, version, licence and task have to be those of the package
   */
  public UnsignedImage bind(
      AdapterPackage packaged, Binding binding, PackageRequest request, Path target) {
    PackageContent content = packaged.content();
    AdapterClaim.Base base = content.base();
    PackageContent bound =
        new PackageContent(
            new AdapterClaim.Base(
                base.interfaceId(),
                base.versions(),
                base.tokenizer(),
                binding.weights(),
                List.of(binding.build())),
            content.scaling(),
            content.points(),
            content.licence(),
            content.task(),
            OptionalDouble.of(binding.limit()),
            content.carried());
    return write(packaged.lora(), bound, request, binding.answers(), target);
  }

  private UnsignedImage write(
      LoraAdapter adapter,
      PackageContent content,
      PackageRequest request,
      List<KnownAnswer> answers,
      Path target) {
    ImageDraft draft =
        new ImageDraft(
            Kind.ADAPTER,
            request.id(),
            request.version(),
            0,
            new Rollback(DOMAIN, 0),
            request.requiredSignatures(),
            request.development(),
            OptionalLong.empty(),
            PackageContentJson.node(content),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    List<SectionSource> sections = new ArrayList<>();
    sections.add(weights(adapter));
    for (DType form : request.forms()) {
      sections.add(onnx(target.toString(), adapter, form));
    }
    if (!answers.isEmpty()) {
      sections.add(
          new SectionSource(
              new SectionSpec(
                  KnownAnswers.SECTION,
                  KnownAnswers.SECTION,
                  "",
                  List.of(),
                  "application/x-safetensors",
                  "known-answers.safetensors"),
              KnownAnswers.section(answers)));
    }
    return writer.write(draft, sections, target);
  }

  private static void requireRepresentable(LoraAdapter adapter) {
    if (adapter.scalesRows()) {
      throw PackageError.NOT_REPRESENTABLE.at(
          file(adapter),
          "",
          "it is DoRA, whose scales follow from the base's weights, which a package is made without");
    }
    if (!adapter.replaced().isEmpty()) {
      throw PackageError.NOT_REPRESENTABLE.at(
          file(adapter),
          adapter.replaced().firstKey(),
          "it replaces a whole weight of the base, and no graph offers a slot for that");
    }
  }

  private static void requireFit(LoraAdapter adapter, InterfaceRecord offered) {
    Finding.refusal(InterfaceCheck.check(offered, LoraClaim.of(adapter, Optional.empty())))
        .ifPresent(
            finding -> {
              throw PackageError.DOES_NOT_FIT.at(
                  file(adapter),
                  finding.item(),
                  offered.id(),
                  offered.version(),
                  finding.reason().code(),
                  finding.text());
            });
  }

  private static String file(LoraAdapter adapter) {
    return adapter.pairs().getFirst().down().extent().file().toString();
  }

  private static PackageContent.Point point(LoraPair pair) {
    return new PackageContent.Point(
        pair.point().name(), pair.point().in(), pair.point().out(), pair.rank(), pair.alpha());
  }

  private record Named(String name, Tensor tensor) {}

  private static SectionSource weights(LoraAdapter adapter) {
    List<Named> tensors =
        adapter.pairs().stream()
            .flatMap(
                pair ->
                    Stream.of(
                        new Named(pair.point().inputA(), pair.down()),
                        new Named(pair.point().inputB(), pair.up())))
            .sorted(
                Comparator.comparingInt((Named named) -> -named.tensor().dtype().bytes())
                    .thenComparing(Named::name))
            .toList();
    List<TensorInfo> declared =
        tensors.stream()
            .map(
                named ->
                    new TensorInfo(named.name(), named.tensor().dtype(), named.tensor().shape()))
            .toList();
    List<MemorySegment> parts = new ArrayList<>();
    parts.add(MemorySegment.ofArray(SafetensorsWriter.header(declared, Map.of())));
    tensors.forEach(named -> parts.add(named.tensor().data()));
    return new SectionSource(
        new SectionSpec(
            WEIGHTS,
            "adapter-weights",
            "",
            List.of(),
            "application/x-safetensors",
            "adapter.safetensors"),
        parts);
  }

  private static SectionSource onnx(String file, LoraAdapter adapter, DType form) {
    String type = form.name().toLowerCase(Locale.ROOT);
    return SectionSource.of(
        new SectionSpec(
            "onnx-" + type,
            ONNX_ROLE,
            "",
            List.of(),
            "application/octet-stream",
            "adapter-" + type + ".onnx_adapter"),
        OnnxAdapterFile.bytes(file, adapter.inputs(), form));
  }
}
