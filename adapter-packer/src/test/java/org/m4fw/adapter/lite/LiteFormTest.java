package org.m4fw.adapter.lite;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;

class LiteFormTest {
  private static final String A = "q.lora_A.weight";
  private static final String B = "q.lora_B.weight";

  /** A [2, 3] and B [2, 2], with a factor of two. */
  private static final LoraPair PAIR =
      new LoraPair(
          new AttachmentPoint("q", 3, 2),
          2,
          4,
          tensor("a", Shape.of(2, 3), 1, -2, 0.5f, 0, 8, 4),
          tensor("b", Shape.of(2, 2), 1, 2, 3, 4));

  private static Tensor tensor(String name, Shape shape, float... values) {
    Extent extent = new Extent(Path.of("x"), 0, 4L * values.length);
    return new Tensor(name, DType.F32, shape, extent, MemorySegment.ofArray(values));
  }

  private static LoraAdapter adapter(LoraPair pair) {
    return new LoraAdapter(LoraScaling.ALPHA_OVER_RANK, List.of(pair), List.of());
  }

  private static SortedMap<String, LiteSlot> slots(
      long rank, Optional<Float> a, Optional<Float> b) {
    return new TreeMap<>(
        Map.of(
            A, new LiteSlot(A, Shape.of(rank, 3), a),
            B, new LiteSlot(B, Shape.of(2, rank), b)));
  }

  private static SortedMap<String, LiteSlot> floats(long rank) {
    return slots(rank, Optional.empty(), Optional.empty());
  }

  private static float[] values(LiteForm form, String name) {
    return requireNonNull(form.matrices().get(name)).toArray(ValueLayout.JAVA_FLOAT);
  }

  private static byte[] steps(LiteForm form, String name) {
    return requireNonNull(form.matrices().get(name)).toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] bytes(LiteForm form) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    form.parts().forEach(part -> bytes.writeBytes(part.toArray(ValueLayout.JAVA_BYTE)));
    return bytes.toByteArray();
  }

  private static Problem refused(
      ErrorCode code, LoraAdapter adapter, SortedMap<String, LiteSlot> slots) {
    Problem problem =
        assertThrows(ProblemException.class, () -> LiteForm.of("adapter", adapter, slots))
            .problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  @Test
  void smallerRankIsFilledUpWithZeros() {
    LiteForm form = LiteForm.of("adapter", adapter(PAIR), floats(3));
    assertArrayEquals(new float[] {1, -2, 0.5f, 0, 8, 4, 0, 0, 0}, values(form, A));
    assertArrayEquals(new float[] {2, 4, 0, 6, 8, 0}, values(form, B));
    assertEquals("lite-f32-r3", form.id());
  }

  @Test
  void rowsOfWholeNumbersUseAllStepsAndTheirColumnsMakeUpForIt() {
    LiteForm form =
        LiteForm.of("adapter", adapter(PAIR), slots(3, Optional.of(0x1p-7f), Optional.of(0.55f)));
    assertArrayEquals(new byte[] {64, -127, 32, 0, 127, 64, 0, 0, 0}, steps(form, A));
    assertArrayEquals(new byte[] {7, 59, 0, 22, 117, 0}, steps(form, B));
    assertTrue(form.id().startsWith("lite-i8-r3-"), form.id());
  }

  @Test
  void balancedMatricesGiveTheSameProduct() {
    LiteForm form = LiteForm.balanced("adapter", adapter(PAIR), floats(2));
    assertArrayEquals(new float[] {0.5f, -1, 0.25f, 0, 1, 0.5f}, values(form, A));
    assertArrayEquals(new float[] {4, 32, 12, 64}, values(form, B));
  }

  @Test
  void formIsReadAsItWasWritten() {
    for (SortedMap<String, LiteSlot> slots :
        List.of(floats(5), slots(3, Optional.of(0.25f), Optional.of(0.5f)))) {
      LiteForm form = LiteForm.of("adapter", adapter(PAIR), slots);
      byte[] file = bytes(form);
      SortedMap<String, Tensor> tensors =
          SafetensorsReader.read(Path.of("form"), 0, MemorySegment.ofArray(file)).tensors();
      assertEquals(slots, LiteForm.slots("form", tensors));
      assertTrue(form.isHeldBy(MemorySegment.ofArray(file)));
      file[file.length - 1] ^= 1;
      assertFalse(form.isHeldBy(MemorySegment.ofArray(file)));
    }
  }

  @Test
  void stepThatIsNoPositiveNumberIsRefused() {
    SortedMap<String, Tensor> tensors =
        new TreeMap<>(
            Map.of(
                A,
                tensor(A, Shape.of(1, 1), 1),
                A + ".scale",
                tensor(A + ".scale", Shape.of(1), Float.NaN)));
    Problem problem =
        assertThrows(ProblemException.class, () -> LiteForm.slots("form", tensors)).problem();
    assertEquals(LiteAdapterError.BAD_FORM, problem.code());
  }

  @Test
  void largerRankIsRefused() {
    Problem problem = refused(LiteAdapterError.RANK_TOO_LARGE, adapter(PAIR), floats(1));
    assertEquals("q", problem.item());
  }

  @Test
  void strongerBranchThanWholeNumbersReachIsRefused() {
    Problem problem =
        refused(
            LiteAdapterError.TOO_STRONG,
            adapter(PAIR),
            slots(2, Optional.of(1 / 127f), Optional.of(0.1f)));
    assertEquals(B, problem.item());
  }

  @Test
  void pointThatTheGraphDoesNotHaveIsRefused() {
    SortedMap<String, LiteSlot> others =
        new TreeMap<>(Map.of("k.lora_A.weight", new LiteSlot("k.lora_A.weight", Shape.of(2, 3))));
    refused(LiteAdapterError.NO_SUCH_POINT, adapter(PAIR), others);
  }

  @Test
  void graphWithoutAdaptersIsRefused() {
    refused(LiteAdapterError.NO_SLOTS, adapter(PAIR), new TreeMap<>());
  }

  @Test
  void layerOfAnotherWidthIsRefused() {
    SortedMap<String, LiteSlot> wider = floats(2);
    wider.put(A, new LiteSlot(A, Shape.of(2, 4)));
    refused(LiteAdapterError.WRONG_SHAPE, adapter(PAIR), wider);
  }

  @Test
  void graphWhoseMatricesDisagreeIsRefused() {
    SortedMap<String, LiteSlot> other = floats(2);
    other.put(B, new LiteSlot(B, Shape.of(2, 3)));
    refused(LiteAdapterError.BAD_SLOT, adapter(PAIR), other);
  }

  /** Forms are named by their rank, and packages bring each name once. */
  @Test
  void graphOfSeveralRanksIsRefused() {
    LoraPair other = new LoraPair(new AttachmentPoint("k", 3, 2), 2, 4, PAIR.down(), PAIR.up());
    SortedMap<String, LiteSlot> slots = floats(2);
    slots.put("k.lora_A.weight", new LiteSlot("k.lora_A.weight", Shape.of(3, 3)));
    slots.put("k.lora_B.weight", new LiteSlot("k.lora_B.weight", Shape.of(2, 3)));
    LoraAdapter both =
        new LoraAdapter(LoraScaling.ALPHA_OVER_RANK, List.of(other, PAIR), List.of());
    refused(LiteAdapterError.BAD_SLOT, both, slots);
  }

  /** Room for it would be taken before anything is written. */
  @Test
  void rankThatNobodyCompilesForIsRefused() {
    refused(LiteAdapterError.BAD_SLOT, adapter(PAIR), floats(Integer.MAX_VALUE));
  }

  @Test
  void scaledRowsAreRefused() {
    LoraPair scaled =
        new LoraPair(
            PAIR.point(),
            2,
            4,
            PAIR.down(),
            PAIR.up(),
            Optional.of(tensor("m", Shape.of(2), 1, 1)));
    refused(LiteAdapterError.MATRICES_ONLY, adapter(scaled), floats(2));
  }

  @Test
  void replacedWeightsAreRefused() {
    LoraAdapter head =
        new LoraAdapter(
            LoraScaling.ALPHA_OVER_RANK,
            List.of(PAIR),
            new TreeMap<>(Map.of("head.weight", tensor("head.weight", Shape.of(1), 1))),
            List.of());
    Problem problem = refused(LiteAdapterError.MATRICES_ONLY, head, floats(2));
    assertTrue(problem.message().contains("head.weight"), problem.message());
  }

  @Test
  void tablesAreRefused() {
    LoraPair table =
        new LoraPair(PAIR.point(), 2, 4, PAIR.down(), PAIR.up(), Optional.empty(), true);
    refused(LiteAdapterError.MATRICES_ONLY, adapter(table), floats(2));
  }
}
