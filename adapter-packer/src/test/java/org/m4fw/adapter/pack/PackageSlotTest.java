package org.m4fw.adapter.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.SignedImage;
import org.m4fw.image.UnsignedImage;

/** How much room for signatures packages have. */
class PackageSlotTest {
  private static final int LAYERS = 32;
  private static final int WIDTH = 256;
  private static final int RANK = 4;
  private static final int ED25519 = 64;
  private static final int ML_DSA_65 = 3309;

  @TempDir Path directory;

  @Test
  void adapterOfQueryAndValueTakesASlotOf16KibWithTwoSetsOfSignatures() {
    assertEquals(16 << 10, slot(List.of("q_proj", "v_proj")));
  }

  @Test
  void adapterOfManyLayersGetsALargerSlot() {
    assertEquals(32 << 10, slot(List.of("k_proj", "o_proj", "q_proj", "v_proj")));
  }

  private long slot(List<String> projections) {
    List<AttachmentPoint> points = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      for (String projection : projections) {
        String name = "model.layers.%s.self_attn.%s".formatted(layer, projection);
        points.add(new AttachmentPoint(name, WIDTH, WIDTH));
      }
    }
    return signed(points).manifest().layout().envelopeSlot();
  }

  private SignedImage signed(List<AttachmentPoint> points) {
    LoraAdapter adapter =
        new LoraAdapter(
            LoraScaling.ALPHA_OVER_RANK,
            points.stream().map(PackageSlotTest::pair).toList(),
            List.of());
    PackageRequest request =
        new PackageRequest(
            "org.example.adapter-00000",
            "1.0.0",
            Optional.of("CC0-1.0"),
            Optional.empty(),
            new TreeSet<>(List.of(DType.F32, DType.F16)),
            List.of(
                new RequiredSignature("adapter", AlgorithmClass.CLASSICAL, 1),
                new RequiredSignature("adapter", AlgorithmClass.POST_QUANTUM, 1)),
            false);
    PackageWriter writer =
        new PackageWriter(new ImageWriter(OrderedWork.onThreads(1), Progress.silent()));
    try (UnsignedImage unsigned =
        writer.write(
            adapter,
            Interfaces.describe(
                "m4.backbone",
                new SemanticVersion(1, 0, 0),
                points,
                Optional.empty(),
                Digest.of(new byte[] {1})),
            request,
            directory.resolve("a.m4adapter"))) {
      return unsigned.complete(
          Envelope.of(Kind.ADAPTER.payloadType(), unsigned.payload(), signatures()));
    }
  }

  /** Those of a developer and of a vendor; only their lengths matter here. */
  private static List<Envelope.Signature> signatures() {
    List<Envelope.Signature> signatures = new ArrayList<>();
    for (String signer : List.of("1", "2")) {
      for (int length : new int[] {ED25519, ML_DSA_65}) {
        Digest key = Digest.of((signer + length).getBytes(StandardCharsets.UTF_8));
        signatures.add(Envelope.Signature.of(key.toString(), new byte[length]));
      }
    }
    return signatures;
  }

  private static LoraPair pair(AttachmentPoint point) {
    return new LoraPair(
        point,
        RANK,
        2 * RANK,
        matrix(point.inputA(), RANK, WIDTH),
        matrix(point.inputB(), WIDTH, RANK));
  }

  private static Tensor matrix(String name, int rows, int columns) {
    byte[] zeros = new byte[rows * columns * DType.F16.bytes()];
    return new Tensor(
        name,
        DType.F16,
        Shape.of(rows, columns),
        new Extent(Path.of("memory"), 0, zeros.length),
        MemorySegment.ofArray(zeros));
  }
}
