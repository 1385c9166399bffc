package org.m4fw.adapter.delta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.adapter.TensorFile;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.peft.PeftError;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.ir.AttachmentPoint;

/** LoRA of Stable Diffusion as its trainers name it. */
class DiffusionLoraTest {
  private static final String QUERY = "down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_q";
  private static final String OUT = "up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0";
  private static final String TEXT = "text_model.encoder.layers.0.self_attn.q_proj";
  private static final LoraBase BASE =
      new LoraBase(
          List.of(
              new AttachmentPoint(QUERY, 8, 8),
              new AttachmentPoint(OUT, 8, 8),
              new AttachmentPoint(TEXT, 8, 8)),
          new TreeMap<>(),
          Optional.empty());

  @TempDir Path directory;
  private final TensorFile file = new TensorFile();

  private LoraAdapter read() {
    Path path = file.write(directory.resolve("lora.safetensors"));
    try (Checkpoint weights = Checkpoint.open(path)) {
      assertTrue(DiffusionLora.recognises(weights));
      return DiffusionLora.read(weights, OptionalDouble.empty()).over(BASE);
    }
  }

  private void refused(DeltaError code) {
    assertEquals(code, assertThrows(ProblemException.class, this::read).problem().code());
  }

  @ParameterizedTest
  @CsvSource({
    "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_q.lora_down.weight, .lora_up.weight, 0",
    "lora_unet_input_blocks_2_1_transformer_blocks_0_attn1_to_q.lora_down.weight, .lora_up.weight, 0",
    "down_blocks.0.attentions.1.transformer_blocks.0.attn1.processor.to_q_lora.down.weight, _lora.up.weight, 0",
    "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.processor.to_out_lora.down.weight, _lora.up.weight, 1",
    "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0.lora.down.weight, .lora.up.weight, 1",
    "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0.lora_A.weight, .lora_B.weight, 1",
    "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight, .lora_up.weight, 2",
    "text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.down.weight, _lora.up.weight, 2",
    "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight,"
        + " .lora_linear_layer.up.weight, 2",
    "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight, .lora_B.weight, 2",
  })
  void everySpellingFindsItsLayer(String down, String up, int point) {
    String layer =
        down.replaceFirst(
            "(\\.lora_down|_lora\\.down|\\.lora\\.down|\\.lora_linear_layer\\.down|\\.lora_A)\\.weight$",
            "");
    file.fill(down, 1, 2, 8).fill(layer + up, 1, 8, 2);
    LoraAdapter adapter = read();
    assertEquals(1, adapter.pairs().size());
    assertEquals(List.of(QUERY, OUT, TEXT).get(point), adapter.pairs().getFirst().point().name());
    assertEquals(2, adapter.pairs().getFirst().alpha());
  }

  @Test
  void alphaOfTheFileCounts() {
    String layer = "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_q";
    file.fill(layer + ".lora_down.weight", 1, 2, 8, 1, 1);
    file.fill(layer + ".lora_up.weight", 1, 8, 2, 1, 1).fill(layer + ".alpha", 3);
    assertEquals(3, read().pairs().getFirst().alpha());
  }

  @Test
  void alphaWithoutItsMatricesIsRefused() {
    String layer = "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_q";
    file.fill(layer + ".lora_down.weight", 1, 2, 8);
    file.fill(layer + ".lora_up.weight", 1, 8, 2);
    file.fill("lora_te_text_model_encoder_layers_0_self_attn_q_proj.alpha", 3);
    refused(DeltaError.LONE_ALPHA);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".lora_mid.weight",
        ".dora_scale",
        ".hada_w1_a",
        ".lokr_w1",
        ".diff",
        ".oft_blocks"
      })
  void whatIsMoreThanLoraIsRefusedByName(String suffix) {
    String layer = "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_q";
    file.fill(layer + suffix, 1, 2, 2);
    refused(DeltaError.UNSUPPORTED_TENSOR);
  }

  @Test
  void secondTextEncoderIsRefused() {
    file.fill("lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", 1, 2, 8);
    file.fill("lora_unet_x.lora_down.weight", 1, 2, 8);
    refused(DeltaError.UNSUPPORTED_TENSOR);
  }

  private void declaring(String json) {
    file.metadata("lora_adapter_metadata", json);
    file.fill("unet." + QUERY + ".lora_A.weight", 1, 2, 8);
    file.fill("unet." + QUERY + ".lora_B.weight", 1, 8, 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'unet.peft_type':'LORA','unet.r':2,'unet.lora_alpha':5}; 5",
        "{'peft_type':'LORA','r':2,'lora_alpha':5}; 5",
        "{'unet.peft_type':'LORA','unet.r':2,'unet.lora_alpha':5,'unet.alpha_pattern':{'to_q':3}}; 3",
        "{'unet.peft_type':'LORA','unet.r':2,'unet.lora_alpha':4,'unet.use_rslora':true}; 5.656854249492381",
      })
  void alphaOfTheMetadataCounts(String json, double alpha) {
    declaring(json.replace('\'', '"'));
    assertEquals(alpha, read().pairs().getFirst().alpha(), 1e-12);
    assertEquals(List.of(), read().warnings());
  }

  /** The factor is alpha over the rank: with another rank it would be another one. */
  @Test
  void rankOfTheMetadataThatIsNotThatOfTheTensorsIsRefused() {
    declaring("{\"unet.peft_type\":\"LORA\",\"unet.r\":4,\"unet.lora_alpha\":4}");
    ProblemException e = assertThrows(ProblemException.class, this::read);
    assertEquals(LoraError.RANK_MISMATCH, e.problem().code());
  }

  @Test
  void alphaThatNobodySaysIsTheRankAndSaidToBeSo() {
    declaring(
        "{\"text_encoder.peft_type\":\"LORA\",\"text_encoder.r\":2,\"text_encoder.lora_alpha\":5}");
    assertEquals(2, read().pairs().getFirst().alpha());
    assertTrue(read().warnings().getFirst().startsWith("1 layers say no alpha"));
  }

  @Test
  void metadataOfAnotherMethodIsRefused() {
    declaring("{\"unet.peft_type\":\"LOHA\"}");
    ProblemException e = assertThrows(ProblemException.class, this::read);
    assertEquals(PeftError.UNSUPPORTED_METHOD, e.problem().code());
  }

  @Test
  void metadataThatIsNoJsonIsRefused() {
    declaring("{\"unet.r\":");
    ProblemException e = assertThrows(ProblemException.class, this::read);
    assertEquals(JsonError.SYNTAX, e.problem().code());
  }

  @Test
  void metadataWithoutEndIsRefused() {
    declaring(" ".repeat((1 << 20) + 1));
    refused(DeltaError.LONG_METADATA);
  }

  @Test
  void convolutionOverNeighboursIsRefused() {
    file.fill("lora_unet_down_blocks_0_resnets_0_conv1.lora_down.weight", 1, 2, 8, 3, 3);
    file.fill("lora_unet_down_blocks_0_resnets_0_conv1.lora_up.weight", 1, 8, 2, 1, 1);
    refused(DeltaError.UNSUPPORTED_TENSOR);
  }

  @Test
  void layerThatTheBaseDoesNotHaveIsRefused() {
    file.fill("lora_unet_down_blocks_9_attentions_0_proj_in.lora_down.weight", 1, 2, 8);
    refused(DeltaError.NO_POINT);
  }

  @Test
  void layerThatIsThereInTwoSpellingsIsRefused() {
    file.fill("unet." + QUERY + ".lora_A.weight", 1, 2, 8);
    file.fill("unet." + QUERY + ".lora.down.weight", 1, 2, 8);
    refused(DeltaError.DUPLICATE_TENSOR);
  }
}
