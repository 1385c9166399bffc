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
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceCheck;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.VersionRange;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.digest.Digest;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
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
 *       aligned to its elements; of DoRA also {@code <point>.lora_magnitude_vector} [out]; weights
 *       in the place of the base's under their names, virtual tokens as {@code prompt_embeddings}
 *       [tokens, numbers];
 *   <li>{@code onnx-f32}, {@code onnx-f16}: for ONNX Runtime, transposed and scaled, derived from
 *       the portable form; not of DoRA, for which the weights of a base are needed;
 *   <li>{@code lite-f32-r16} and the like, in packages that were bound to graphs of LiteRT: the
 *       matrices in the rank of the graph ({@link LiteForm});
 *   <li>{@code evaluation}: a signed statement of how well it works, as it was given;
 *   <li>{@code known-answers}: in packages that were bound to an image ({@link #bind}).
 * </ul>
 *
 * The bytes follow from adapter, interface and request alone.
 */
public final class PackageWriter {
  static final String WEIGHTS = "weights";
  static final String EVALUATION = "evaluation";

  /** Bytes of a statement. */
  public static final long MOST_EVALUATION = 1 << 20;

  static final String ONNX_ROLE = "onnx-adapter";
  static final String LITE_ROLE = "lite-adapter";
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
   *     adapter does not fit the interface, {@link PackageError#NOT_REPRESENTABLE} if a package
   *     cannot hold it, with an error of the container if a name breaks a rule
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
    return write(new PackagePayload.Lora(adapter), offered, request, carried, target);
  }

  /** The same for any method. */
  public UnsignedImage write(
      PackagePayload payload,
      InterfaceRecord offered,
      PackageRequest request,
      Optional<PackageContent.Carried> carried,
      Path target) {
    if (payload instanceof PackagePayload.Lora(LoraAdapter adapter)) {
      requireRepresentable(adapter);
    }
    requireFit(payload, offered);
    AdapterClaim.Base base =
        new AdapterClaim.Base(
            offered.id(),
            VersionRange.compatibleWith(offered.version()),
            offered.tokenizer(),
            offered.weights(),
            List.of());
    PackageContent.Maker maker =
        new PackageContent.Maker(request.developer(), request.licence(), request.task());
    PackageContent content =
        switch (payload) {
          case PackagePayload.Lora(LoraAdapter adapter) ->
              new PackageContent(
                  base,
                  new PackageMethod.LowRank(adapter.scaling(), adapter.scalesRows()),
                  adapter.pairs().stream().map(PackageContent.Point::of).toList(),
                  heads(adapter),
                  maker,
                  OptionalDouble.empty(),
                  carried);
          case PackagePayload.Prompt(SoftPrompt prompt) ->
              new PackageContent(
                  base,
                  PackageMethod.Virtual.of(prompt),
                  List.of(),
                  List.of(),
                  maker,
                  OptionalDouble.empty(),
                  carried);
        };
    return write(payload, content, request, List.of(), List.of(), target);
  }

  /** What statements about the adapter of a package name it by: its weights, however bound. */
  public static Digest weightsDigest(Manifest manifest) {
    return manifest.section(WEIGHTS).orElseThrow().fsv();
  }

  private static List<PackageContent.Head> heads(LoraAdapter adapter) {
    return adapter.replaced().entrySet().stream()
        .map(entry -> new PackageContent.Head(entry.getKey(), entry.getValue().shape().dims()))
        .toList();
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
            content.method(),
            content.points(),
            content.heads(),
            content.maker(),
            OptionalDouble.of(binding.limit()),
            content.carried());
    PackageRequest kept = request.evaluated(request.evaluation().or(packaged::evaluation));
    return write(packaged.payload(), bound, kept, binding.forms(), binding.answers(), target);
  }

  private UnsignedImage write(
      PackagePayload payload,
      PackageContent content,
      PackageRequest request,
      List<LiteForm> forms,
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
    sections.add(weights(payload));
    if (payload instanceof PackagePayload.Lora(LoraAdapter adapter) && hasForms(adapter)) {
      for (DType form : request.forms()) {
        sections.add(onnx(target.toString(), adapter, form));
      }
    }
    SortedMap<String, LiteForm> different = new TreeMap<>();
    forms.forEach(form -> different.putIfAbsent(form.id(), form));
    different.values().forEach(form -> sections.add(lite(form)));
    request.evaluation().ifPresent(statement -> sections.add(evaluation(statement)));
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
              KnownAnswers.section(target, answers)));
    }
    return writer.write(draft, sections, target);
  }

  private static void requireRepresentable(LoraAdapter adapter) {
    if (!adapter.extras().isEmpty()) {
      throw PackageError.NOT_REPRESENTABLE.at(
          adapter.extras().layer(), "", adapter.extras().text());
    }
  }

  /** The scales of DoRA follow from the weights of a base: without them the rest is wrong. */
  private static boolean hasForms(LoraAdapter adapter) {
    return !adapter.pairs().isEmpty() && !adapter.scalesRows();
  }

  private static void requireFit(PackagePayload payload, InterfaceRecord offered) {
    Finding.refusal(InterfaceCheck.check(offered, payload.claim(Optional.empty())))
        .ifPresent(
            finding -> {
              throw PackageError.DOES_NOT_FIT.at(
                  file(payload),
                  finding.item(),
                  offered.id(),
                  offered.version(),
                  finding.reason().code(),
                  finding.text());
            });
  }

  private static String file(PackagePayload payload) {
    return payload.tensors().stream()
        .findFirst()
        .map(named -> named.tensor().extent().file().toString())
        .orElse("");
  }

  private static SectionSource evaluation(MemorySegment statement) {
    if (statement.byteSize() < 1 || statement.byteSize() > MOST_EVALUATION) {
      throw PackageError.BAD_EVALUATION.at("", EVALUATION, statement.byteSize(), MOST_EVALUATION);
    }
    return new SectionSource(
        new SectionSpec(
            EVALUATION, EVALUATION, "", List.of(), "application/json", "evaluation.json"),
        List.of(statement));
  }

  private static SectionSource weights(PackagePayload payload) {
    List<PackagePayload.Named> tensors =
        payload.tensors().stream()
            .sorted(
                Comparator.comparingInt(
                        (PackagePayload.Named named) -> -named.tensor().dtype().bytes())
                    .thenComparing(PackagePayload.Named::name))
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

  static String onnxSection(DType form) {
    return "onnx-" + form.name().toLowerCase(Locale.ROOT);
  }

  private static SectionSource onnx(String file, LoraAdapter adapter, DType form) {
    return SectionSource.of(
        new SectionSpec(
            onnxSection(form),
            ONNX_ROLE,
            "",
            List.of(),
            "application/octet-stream",
            "adapter-" + form.name().toLowerCase(Locale.ROOT) + ".onnx_adapter"),
        OnnxAdapterFile.bytes(file, adapter.inputs(), form));
  }

  private static SectionSource lite(LiteForm form) {
    return new SectionSource(
        new SectionSpec(
            form.id(),
            LITE_ROLE,
            "",
            List.of(),
            "application/x-safetensors",
            "adapter-" + form.id() + ".safetensors"),
        form.parts());
  }
}
