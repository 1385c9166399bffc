package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.JsonError;

final class UNetConfigTest {
  private static final String TWO_LEVELS =
      "{'block_out_channels': [32, 64], 'down_block_types': ['CrossAttnDownBlock2D', 'DownBlock2D'],"
          + " 'up_block_types': ['UpBlock2D', 'CrossAttnUpBlock2D'], 'attention_head_dim': [2, 4]}";

  private static UNetConfig read(String json) {
    return UNetConfig.read(Configs.of(json));
  }

  @Test
  void emptyConfigurationIsStableDiffusionWithAWiderText() {
    UNetConfig config = read("{}");
    assertEquals(
        List.of(320, 640, 1280, 1280), config.down().stream().map(l -> l.channels()).toList());
    assertEquals(
        List.of(true, true, true, false), config.down().stream().map(l -> l.attends()).toList());
    assertEquals(
        List.of(false, true, true, true), config.up().stream().map(l -> l.attends()).toList());
    assertEquals(1280, config.contextWidth());
    assertEquals(1280, config.timeWidth());
    assertTrue(config.cosineFirst());
    assertFalse(config.linearProjection());
  }

  @Test
  void attentionHeadDimIsTheNumberOfHeads() {
    assertEquals(8, read("{'attention_head_dim': 8}").down().getFirst().heads());
  }

  @Test
  void headsPerLevelAreReversedOnTheWayUp() {
    UNetConfig config = read(TWO_LEVELS);
    assertEquals(List.of(2, 4), config.down().stream().map(l -> l.heads()).toList());
    assertEquals(List.of(4, 2), config.up().stream().map(l -> l.heads()).toList());
    assertEquals(4, config.midHeads());
  }

  @ParameterizedTest(name = "{0} is refused")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "another activation | {'act_fn': 'mish'} | act_fn",
        "another middle block | {'mid_block_type': 'UNetMidBlock2D'} | mid_block_type",
        "scale and shift by time | {'resnet_time_scale_shift': 'scale_shift'} | resnet_time_scale_shift",
        "Fourier features of time | {'time_embedding_type': 'fourier'} | time_embedding_type",
        "gated attention | {'attention_type': 'gated'} | attention_type",
        "dual cross-attention | {'dual_cross_attention': true} | dual_cross_attention",
        "cross-attention alone | {'only_cross_attention': true} | only_cross_attention",
        "skipped activation of time | {'resnet_skip_time_act': true} | resnet_skip_time_act",
        "separate number of heads | {'num_attention_heads': 8} | num_attention_heads",
        "class embedding | {'class_embed_type': 'timestep'} | class_embed_type",
        "number of classes | {'num_class_embeds': 10} | num_class_embeds",
        "additional embedding | {'addition_embed_type': 'text_time'} | addition_embed_type",
        "projected context | {'encoder_hid_dim': 4} | encoder_hid_dim",
        "condition on guidance | {'time_cond_proj_dim': 4} | time_cond_proj_dim",
        "normalized context | {'cross_attention_norm': 'layer_norm'} | cross_attention_norm",
        "scaled middle block | {'mid_block_scale_factor': 2} | mid_block_scale_factor",
        "scaled residual block | {'resnet_out_scale_factor': 1.4} | resnet_out_scale_factor",
        "another first kernel | {'conv_in_kernel': 5} | conv_in_kernel",
        "another last kernel | {'conv_out_kernel': 1} | conv_out_kernel",
        "unknown block on the way down | {'down_block_types': ['AttnDownBlock2D']} | down_block_types",
        "unknown block on the way up | {'up_block_types': ['AttnUpBlock2D']} | up_block_types",
      })
  void variantThatIsNotBuilt(String what, String json, String field) {
    Configs.refused(UNetConfig::read, json, ImportError.UNSUPPORTED_OPTION, field);
  }

  @ParameterizedTest(name = "{0} is refused")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "no level | {'block_out_channels': []} | block_out_channels",
        "channels that groups do not divide | {'block_out_channels': [320, 650, 1280, 1280]} | block_out_channels",
        "channels that heads do not divide | {'attention_head_dim': 7} | attention_head_dim",
        "heads for other levels | {'attention_head_dim': [5, 10]} | attention_head_dim",
        "odd number of waves | {'block_out_channels': [3, 4, 4, 4], 'norm_num_groups': 1, 'attention_head_dim': 1} | block_out_channels",
        "too few blocks down | {'down_block_types': ['DownBlock2D']} | down_block_types",
        "too few blocks up | {'up_block_types': ['UpBlock2D']} | up_block_types",
      })
  void contradiction(String what, String json, String field) {
    Configs.refused(UNetConfig::read, json, ImportError.INCONSISTENT, field);
  }

  @Test
  void shiftOfAllFrequenciesIsRefused() {
    Configs.refused(UNetConfig::read, "{'freq_shift': 160}", JsonError.OUT_OF_RANGE, "freq_shift");
  }

  @Test
  void paddingOfTwoIsRefused() {
    Configs.refused(
        UNetConfig::read,
        "{'downsample_padding': 2}",
        JsonError.OUT_OF_RANGE,
        "downsample_padding");
  }
}
