package org.m4fw.tests.benchmark;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.adapter.pack.PackageWriter;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.TrustRoot;

/**
 * Writes what a store has: signed adapter packages by the thousand, each with other numbers, of
 * rank 4 on query and value of 32 layers of width 256, F16; 1.1 MB each with the forms for
 * runtimes. The packages are the same in every run but for their signatures.
 *
 * <pre>
 * DIR/packages/adapter-00000.m4adapter …
 * DIR/keys/trust-root.json
 * DIR/m4.m4if.json     the interface that they are bound to
 * DIR/next.m4if.json   the next major version of it, which breaks all of them
 * </pre>
 */
final class SyntheticShelf {
  private static final int LAYERS = 32;
  private static final int WIDTH = 256;
  private static final int RANK = 4;
  private static final String ID = "m4.backbone";
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final List<AttachmentPoint> points =
      IntStream.range(0, LAYERS)
          .boxed()
          .flatMap(
              layer ->
                  List.of("q_proj", "v_proj").stream()
                      .map(
                          name ->
                              new AttachmentPoint(
                                  "model.layers.%s.self_attn.%s".formatted(layer, name),
                                  WIDTH,
                                  WIDTH)))
          .toList();

  private SyntheticShelf() {}

  /** Arguments: the directory and the number of packages. */
  public static void main(String[] arguments) throws IOException {
    new SyntheticShelf().write(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
  }

  private void write(Path directory, int count) throws IOException {
    Files.createDirectories(directory.resolve("packages"));
    InterfaceRecord offered = offered("1.0.0");
    OutputFile.write(directory.resolve("m4.m4if.json"), InterfaceJson.bytes(offered));
    OutputFile.write(directory.resolve("next.m4if.json"), InterfaceJson.bytes(offered("2.0.0")));
    try (SigningIdentity identity =
        SigningIdentity.create(directory.resolve("keys"), Optional.empty())) {
      Signer signer = new Signer(identity);
      PackageWriter writer =
          new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
      OrderedWork.onAllCores()
          .run(
              IntStream.range(0, count).boxed().toList(),
              number -> write(directory, offered, signer, writer, number),
              written -> {});
    }
  }

  private InterfaceRecord offered(String version) {
    return Interfaces.describe(
        ID,
        SemanticVersion.parse(version).orElseThrow(),
        points,
        Optional.empty(),
        Digest.of("a base".getBytes(StandardCharsets.UTF_8)));
  }

  private Path write(
      Path directory, InterfaceRecord offered, Signer signer, PackageWriter writer, int number) {
    String name = String.format(Locale.ROOT, "adapter-%05d", number);
    Path target = directory.resolve("packages/" + name + ".m4adapter");
    PackageRequest request =
        new PackageRequest(
            "org.example." + name,
            "1.0.0",
            Optional.of("CC0-1.0"),
            Optional.empty(),
            new TreeSet<>(List.of(DType.F32, DType.F16)),
            TrustRoot.HYBRID,
            false);
    try (UnsignedImage unsigned = writer.write(adapter(number), offered, request, target)) {
      signer.complete(unsigned);
    }
    return target;
  }

  private LoraAdapter adapter(int number) {
    SplittableRandom random = new SplittableRandom(number);
    List<LoraPair> pairs = new ArrayList<>();
    for (AttachmentPoint point : points) {
      pairs.add(
          new LoraPair(
              point,
              RANK,
              2 * RANK,
              matrix(point.inputA(), RANK, WIDTH, random),
              matrix(point.inputB(), WIDTH, RANK, random)));
    }
    return new LoraAdapter(LoraScaling.ALPHA_OVER_RANK, pairs, List.of());
  }

  private static Tensor matrix(String name, int rows, int columns, SplittableRandom random) {
    MemorySegment data = MemorySegment.ofArray(new byte[2 * rows * columns]);
    for (int i = 0; i < rows * columns; i++) {
      data.set(HALF, 2L * i, Float.floatToFloat16((float) random.nextGaussian() * 0.02f));
    }
    return new Tensor(
        name,
        DType.F16,
        Shape.of(rows, columns),
        new Extent(Path.of("memory"), 0, data.byteSize()),
        data);
  }
}
