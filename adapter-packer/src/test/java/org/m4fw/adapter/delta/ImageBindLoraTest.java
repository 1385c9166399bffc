package org.m4fw.adapter.delta;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.TensorFile;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

/** Trainings of ImageBind-LoRA over a trunk of two blocks of width 2. */
class ImageBindLoraTest {
  private static final String HEAD = "modality_heads.imu.3.weight";
  private static final String SCALE = "modality_postprocessors.imu.1.log_logit_scale";

  @TempDir Path directory;
  private final TensorFile lora = new TensorFile();
  private final TensorFile heads = new TensorFile();

  private static LoraBase base() {
    return new LoraBase(
        List.of(
            new AttachmentPoint("modality_trunks.imu.blocks.0.attn", 2, 6),
            new AttachmentPoint("modality_trunks.imu.blocks.1.attn", 2, 6)),
        new TreeMap<>(java.util.Map.of(HEAD, Shape.of(3, 2), SCALE, Shape.of(1))),
        Optional.empty());
  }

  /** Four pairs of this inner size. */
  private void pairs(long width, float up) {
    for (int i = 0; i < 4; i++) {
      lora.fill("w_a_%03d".formatted(i), i + 1f, 1, width);
      lora.fill("w_b_%03d".formatted(i), up, width, 1);
    }
  }

  private LoraAdapter read() {
    lora.write(directory.resolve("imagebind-lora-imu_last.safetensors"));
    assertTrue(ImageBindFiles.recognises(directory));
    ImageBindFiles files = ImageBindFiles.of(directory);
    SortedMap<Path, Checkpoint> open = files.open();
    try {
      return ImageBindLora.read(directory, files, open).over(base());
    } finally {
      open.values().forEach(Checkpoint::close);
    }
  }

  private void refused(ErrorCode code) {
    assertEquals(code, assertThrows(ProblemException.class, this::read).problem().code());
  }

  @Test
  void pairsOfThreeTimesTheWidthAreLeftOutWithAWarning() {
    pairs(6, 0);
    LoraAdapter adapter = read();
    assertEquals(List.of(), adapter.pairs());
    assertTrue(
        adapter.warnings().getFirst().contains("have no effect"), adapter.warnings()::toString);
  }

  @Test
  void pairsOfTheWidthJoinQueryAndValue() {
    pairs(2, 5);
    lora.write(directory.resolve("imagebind-lora-imu_last.safetensors"));
    ImageBindFiles files = ImageBindFiles.of(directory);
    SortedMap<Path, Checkpoint> open = files.open();
    LoraPair pair = ImageBindLora.read(directory, files, open).over(base()).pairs().getFirst();
    assertEquals(2, pair.rank());
    assertEquals(2, pair.alpha());
    assertEquals(List.of(1f, 1f, 2f, 2f), list(TensorFloats.all(pair.down())));
    assertEquals(
        List.of(5f, 0f, 5f, 0f, 0f, 0f, 0f, 0f, 0f, 5f, 0f, 5f), list(TensorFloats.all(pair.up())));
    open.values().forEach(Checkpoint::close);
  }

  private static List<Float> list(float[] values) {
    List<Float> list = new java.util.ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  @Test
  void headsOfOtherModalitiesAreLeftOutWithAWarning() {
    pairs(6, 0);
    heads.fill("imu.3.weight", 1, 3, 2).fill("vision.2.weight", 1, 3, 2);
    heads.write(directory.resolve("imagebind-heads_last.pth"));
    LoraAdapter adapter = read();
    assertEquals(java.util.Set.of(HEAD), adapter.replaced().keySet());
    assertEquals(2, adapter.warnings().size());
  }

  @Test
  void scaleGetsTheDimensionThatAdapterFilesNeed() {
    pairs(6, 0);
    heads.fill("imu.1.log_logit_scale", 1.5f);
    heads.write(directory.resolve("imagebind-postprocessors_last.pth"));
    assertEquals(Shape.of(1), requireNonNull(read().replaced().get(SCALE)).shape());
  }

  @Test
  void headOfAnotherWidthIsRefused() {
    pairs(6, 0);
    heads.fill("imu.3.weight", 1, 3, 4);
    heads.write(directory.resolve("imagebind-heads_last.pth"));
    refused(LoraError.WRONG_HEAD);
  }

  @Test
  void headWithoutASlotIsRefused() {
    pairs(6, 0);
    heads.fill("imu.0.weight", 1, 2);
    heads.write(directory.resolve("imagebind-heads_last.pth"));
    refused(DeltaError.NO_HEAD);
  }

  @Test
  void otherDepthIsRefused() {
    lora.fill("w_a_000", 1, 1, 6).fill("w_b_000", 1, 6, 1);
    refused(DeltaError.OTHER_DEPTH);
  }

  @Test
  void otherWidthIsRefused() {
    pairs(4, 1);
    refused(DeltaError.NOT_A_PROJECTION);
  }

  @Test
  void pairWithoutPartnerIsRefused() {
    pairs(6, 0);
    lora.fill("w_c_000", 1, 1, 6);
    refused(DeltaError.UNKNOWN_TENSOR);
  }

  @Test
  void numberThatIsNoneIsRefusedEvenWhereItHasNoEffect() {
    pairs(6, Float.NaN);
    refused(LoraError.NOT_FINITE);
  }

  @Test
  void twoTrainingsInOneDirectoryAreRefused() {
    pairs(6, 0);
    lora.write(directory.resolve("imagebind-lora-imu_1.safetensors"));
    refused(DeltaError.TWO_TRAININGS);
  }
}
