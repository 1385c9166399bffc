package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Rotary;

final class ModelImporterTest {
  @TempDir Path directory;

  private Path config() {
    return directory.resolve("config.json");
  }

  private static Graph graph(Path checkpoint) {
    try (Checkpoint open = Checkpoint.open(checkpoint)) {
      return ModelImporter.importModel(open).part(Model.DECODER);
    }
  }

  private Problem refused(ErrorCode code) {
    ProblemException e = assertThrows(ProblemException.class, () -> graph(directory));
    assertEquals(code, e.problem().code(), e.getMessage());
    return e.problem();
  }

  @Test
  void bothSpellingsOfTheConfigurationGiveTheSameGraph() {
    Graph today = graph(Fixtures.golden("llama-mha-f16"));
    Graph old = graph(Fixtures.golden("llama-old-config"));
    assertEquals(today.decoder(), old.decoder());
    assertEquals(today.nodes(), old.nodes());
  }

  @Test
  void groupedQueriesTiedHeadAndRescaledPositionsAreRead() {
    Graph graph = graph(Fixtures.golden("llama-gqa-bf16-sharded"));
    assertEquals(2, graph.decoder().orElseThrow().keyValueHeads());
    assertTrue(graph.weights().keySet().stream().noneMatch(name -> name.startsWith("lm_head")));
    Operator.Attention attention =
        (Operator.Attention)
            graph.nodes().stream()
                .filter(node -> node.name().equals("model.layers.0.self_attn"))
                .findFirst()
                .orElseThrow()
                .operator();
    assertEquals(new Rotary.Rescaling.Llama3(8, 1, 4, 64), attention.rotary().rescaling());
    assertEquals(500_000, attention.rotary().theta());
  }

  @Test
  void parametersAreCounted() {
    // 2 · 300·64 for embedding and head, 3 layers of 4·64² + 3·64·176 + 2·64, and the last norm.
    assertEquals(
        2 * 300 * 64 + 3 * (4 * 64 * 64 + 3 * 64 * 176 + 2 * 64) + 64,
        graph(Fixtures.golden("llama-mha-f16")).parameters());
  }

  @Test
  void everyLinearLayerIsAnAttachmentPoint() {
    assertEquals(3 * 7, graph(Fixtures.golden("llama-mha-f16")).attachmentPoints().size());
  }

  @Test
  void specialTokensComeFromTheGenerationConfiguration() {
    Graph graph = graph(Fixtures.golden("llama-mha-f16"));
    assertEquals(OptionalLong.of(1), graph.specialTokens().begin());
    assertEquals(List.of(2L), graph.specialTokens().end());
    assertEquals(OptionalLong.empty(), graph.specialTokens().padding());
  }

  @Test
  void unknownArchitectureIsRefusedWithTheKnownOnes() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "LlamaForCausalLM", "GPT2LMHeadModel");
    Problem problem = refused(ImportError.UNKNOWN_ARCHITECTURE);
    assertTrue(problem.text().contains("GPT2LMHeadModel"), problem.text());
    assertTrue(problem.text().contains("LlamaForCausalLM"), problem.text());
  }

  @Test
  void checkpointWithoutConfigurationIsRefused() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    java.nio.file.Files.delete(config());
    refused(ImportError.NO_CONFIG);
  }

  @Test
  void missingWeightsAreListedAllAtOnce() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
    Problem problem = refused(ImportError.MISSING_WEIGHTS);
    assertTrue(problem.text().contains("9 of the weights"), problem.text());
    assertTrue(problem.text().contains("model.layers.3.mlp.up_proj.weight"), problem.text());
  }

  @Test
  void weightsThatTheArchitectureDoesNotUseAreListedAllAtOnce() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2");
    Problem problem = refused(ImportError.UNKNOWN_WEIGHTS);
    assertTrue(problem.text().contains("9 weights"), problem.text());
  }

  @Test
  void weightsThatAreMissingAndOthersThatAreNotUsedAreListedTogether() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "LlamaForCausalLM", "CLIPTextModel");
    Fixtures.edit(config(), "\"silu\"", "\"gelu\"");
    Problem problem = refused(ImportError.OTHER_WEIGHTS);
    assertTrue(problem.text().contains("model.layers.{0..2}.mlp.up_proj.weight"), problem.text());
  }

  @Test
  void wrongShapeIsRefusedWithBothShapes() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"intermediate_size\": 176", "\"intermediate_size\": 172");
    Problem problem = refused(ImportError.WRONG_SHAPE);
    assertTrue(problem.text().contains("[176, 64]"), problem.text());
    assertTrue(problem.text().contains("[172, 64]"), problem.text());
  }

  @Test
  void headThatIsNotTheEmbeddingCannotBeTied() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
    refused(ImportError.UNTIED_HEAD);
  }

  @Test
  void unknownActivationIsRefused() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"silu\"", "\"gelu\"");
    refused(ImportError.UNSUPPORTED_OPTION);
  }

  @Test
  void unknownRescalingOfPositionsIsRefused() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"");
    refused(ImportError.UNSUPPORTED_OPTION);
  }

  @Test
  void headsThatDoNotDivideAreRefused() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"num_key_value_heads\": 4", "\"num_key_value_heads\": 3");
    refused(ImportError.INCONSISTENT);
  }

  @Test
  void widthOfTheWrongTypeIsRefused() throws IOException {
    Fixtures.copy("llama-mha-f16", directory);
    Fixtures.edit(config(), "\"hidden_size\": 64", "\"hidden_size\": \"64\"");
    refused(JsonError.WRONG_TYPE);
  }
}
