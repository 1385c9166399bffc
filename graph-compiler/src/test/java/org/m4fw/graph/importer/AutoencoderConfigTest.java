package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ErrorCode;

final class AutoencoderConfigTest {
  private static void refused(String json, ErrorCode code, String field) {
    Configs.refused(AutoencoderConfig::read, json, code, field);
  }

  @Test
  void emptyConfigurationHasOneLevel() {
    AutoencoderConfig config = AutoencoderConfig.read(Configs.of("{}"));
    assertEquals(List.of(64), config.channels());
    assertEquals(1, config.layersPerBlock());
    assertTrue(config.attends() && config.convolvesMoments() && config.convolvesLatents());
  }

  @Test
  void anotherActivationIsRefused() {
    refused("{'act_fn': 'relu'}", ImportError.UNSUPPORTED_OPTION, "act_fn");
  }

  @Test
  void unknownBlockOfTheEncoderIsRefused() {
    refused(
        "{'down_block_types': ['AttnDownEncoderBlock2D']}",
        ImportError.UNSUPPORTED_OPTION,
        "down_block_types");
  }

  @Test
  void unknownBlockOfTheDecoderIsRefused() {
    refused(
        "{'up_block_types': ['AttnUpDecoderBlock2D']}",
        ImportError.UNSUPPORTED_OPTION,
        "up_block_types");
  }

  @Test
  void tooFewBlocksAreRefused() {
    refused("{'block_out_channels': [64, 64]}", ImportError.INCONSISTENT, "down_block_types");
  }

  @Test
  void noLevelIsRefused() {
    refused("{'block_out_channels': []}", ImportError.INCONSISTENT, "block_out_channels");
  }

  @Test
  void channelsThatGroupsDoNotDivideAreRefused() {
    refused("{'block_out_channels': [48]}", ImportError.INCONSISTENT, "block_out_channels");
  }
}
