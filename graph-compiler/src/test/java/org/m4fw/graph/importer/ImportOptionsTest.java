package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import tools.jackson.databind.JsonNode;

class ImportOptionsTest {
  private static ImportOptions parts(String... names) {
    return new ImportOptions("recipe.json", "c", new TreeSet<>(List.of(names)), new TreeMap<>());
  }

  private static ImportOptions setting(String name, Object value) {
    return new ImportOptions(
        "recipe.json",
        "c",
        new TreeSet<>(),
        new TreeMap<>(Map.<String, JsonNode>of(name, CanonicalJson.node(value))));
  }

  private static Model model(String golden, ImportOptions options) {
    try (Checkpoint open = Checkpoint.open(Fixtures.golden(golden))) {
      return ModelImporter.importModel(open, options);
    }
  }

  private static Problem refused(String golden, ImportOptions options) {
    return assertThrows(ProblemException.class, () -> model(golden, options)).problem();
  }

  @Test
  void oneModalityOfImageBindIsTakenAlone() {
    Model imu = model("imagebind-tiny-pth", parts("imu"));
    assertEquals(Set.of("imu"), imu.parts().keySet());
    assertTrue(imu.weights().keySet().stream().allMatch(name -> name.contains(".imu.")));
  }

  @Test
  void whatIsLeftOutIsCounted() {
    Model all = model("imagebind-tiny-pth", ImportOptions.none());
    Model imu = model("imagebind-tiny-pth", parts("imu"));
    assertEquals(
        all.parameters() + all.leftOut().values().stream().mapToLong(n -> n).sum(),
        imu.parameters() + imu.leftOut().values().stream().mapToLong(n -> n).sum());
    assertTrue(all.leftOut().containsKey("modality_trunks.depth"), all.leftOut().toString());
  }

  @Test
  void partThatIsNotThereIsRefused() {
    Problem problem = refused("imagebind-tiny-pth", parts("depth"));
    assertEquals(ImportError.NO_SUCH_PART, problem.code());
    assertEquals("recipe.json", problem.file());
    assertTrue(problem.text().contains("vision, text, audio, imu"), problem.text());
  }

  @Test
  void strideOfWindowsIsTakenFromTheOptions() {
    Port input =
        model("imagebind-tiny-pth", setting("imu_stride", 2)).part("imu").inputs().getFirst();
    assertEquals(new Port.Dim.Fixed(500), input.dims().get(2));
  }

  @Test
  void causalMaskIsLeftOutByTheOptions() {
    Model free = model("imagebind-tiny-pth", setting("text_causal_mask", false));
    assertTrue(
        free.part("text").nodes().stream()
            .noneMatch(node -> node.operator() instanceof Operator.CausalMask));
  }

  @Test
  void settingOfAnotherModelIsRefused() {
    assertEquals(
        ImportError.UNKNOWN_SETTING, refused("llama-mha-f16", setting("imu_stride", 2)).code());
  }

  @Test
  void scalesAreGivenToAllPointsOnlyWhereTheyAreAskedFor() {
    Model asked = model("llama-mha-f16", setting("adapter_slots", List.of("scales")));
    assertTrue(asked.part(Model.DECODER).attachmentPoints().stream().allMatch(p -> p.scaled()));
    Model plain = model("llama-mha-f16", ImportOptions.none());
    assertTrue(plain.part(Model.DECODER).attachmentPoints().stream().noneMatch(p -> p.scaled()));
  }

  @Test
  void tableOfTokensGetsAPointAsWideAsItHasRows() {
    Model asked = model("llama-mha-f16", setting("adapter_slots", List.of("embeddings")));
    assertEquals(
        new AttachmentPoint("model.embed_tokens", 300, 64),
        asked.part(Model.DECODER).attachmentPoints().getFirst());
  }

  @Test
  void tableThatIsTiedToTheHeadIsNotOffered() {
    ImportOptions tables = setting("adapter_slots", List.of("tables"));
    assertEquals(
        Set.of("lm_head.weight", "model.embed_tokens.weight"),
        model("llama-mha-f16", tables).part(Model.DECODER).replaceable());
    assertEquals(
        Set.of(), model("llama-gqa-bf16-sharded", tables).part(Model.DECODER).replaceable());
  }

  @Test
  void biasesAreOfferedWhereLayersHaveSome() {
    ImportOptions biases = setting("adapter_slots", List.of("biases"));
    assertEquals(12, model("clip-text-f32", biases).part("text_encoder").replaceable().size());
    assertEquals(Set.of(), model("llama-mha-f16", biases).part(Model.DECODER).replaceable());
  }

  @Test
  void convolutionGetsAPointAsWideAsItsKernelCovers() {
    ImportOptions asked = setting("adapter_slots", List.of("convolutions"));
    assertTrue(
        model("sd-unet-f32", asked).part("unet").attachmentPoints().stream()
            .anyMatch(
                new AttachmentPoint("down_blocks.0.downsamplers.0.conv", 72, 8)
                        .withKernel(List.of(3L, 3L))
                    ::equals));
    assertTrue(
        model("sd-unet-f32", ImportOptions.none()).part("unet").attachmentPoints().stream()
            .allMatch(point -> point.kernel().isEmpty()));
  }

  @Test
  void unknownSlotIsRefused() {
    assertEquals(
        ImportError.UNKNOWN_SLOT,
        refused("llama-mha-f16", setting("adapter_slots", List.of("kernels"))).code());
    assertEquals(
        ImportError.UNKNOWN_SLOT,
        refused("llama-mha-f16", setting("adapter_slots", "scales")).code());
  }

  @Test
  void headOfALanguageModelIsTakenAlone() {
    Model head = model("llama-mha-f16", parts("head"));
    assertEquals(Set.of("head"), head.parts().keySet());
    assertEquals(Set.of("lm_head.weight"), head.weights().keySet());
  }
}
