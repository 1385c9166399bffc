package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.ir.Model;

/** FastSpeech 2 and HiFi-GAN as fairseq's repositories hold them, and which are refused. */
final class FairseqImporterTest {
  @TempDir Path directory;

  @BeforeEach
  void copy() throws IOException {
    Fixtures.copy("fastspeech2-f32", directory);
  }

  private Model model() {
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      return ModelImporter.importModel(checkpoint);
    }
  }

  private void refused(ErrorCode code, String item) {
    ProblemException e = assertThrows(ProblemException.class, this::model);
    assertEquals(code, e.problem().code(), e.getMessage());
    assertEquals(item, e.problem().item());
  }

  private void edit(String file, String old, String replacement) throws IOException {
    Fixtures.edit(directory.resolve(file), old, replacement);
  }

  @Test
  void bothFilesOfADirectoryBecomeOneComponent() {
    assertEquals(List.of("acoustic", "vocoder"), List.copyOf(model().parts().keySet()));
  }

  @Test
  void withoutAVocoderThereIsOnlyTheSpectrogram() throws IOException {
    Files.delete(directory.resolve("hifigan.bin"));
    assertEquals(List.of("acoustic"), List.copyOf(model().parts().keySet()));
  }

  @Test
  void vocoderAloneIsAComponentToo() throws IOException {
    Files.delete(directory.resolve("pytorch_model.pt"));
    assertEquals(List.of("vocoder"), List.copyOf(model().parts().keySet()));
  }

  @Test
  void rangesOfPitchMayBeSaidInConfigJson() throws IOException {
    edit("config.yaml", "  pitch_max: 2.25\n", "");
    refused(ImportError.NO_SETTING, "features.pitch_max");
    Files.writeString(directory.resolve("config.json"), "{\"pitch_max\": 2.25}");
    assertTrue(model().parts().containsKey("acoustic"));
  }

  @Test
  void rangeThatIsNoNumberIsRefused() throws IOException {
    edit("config.yaml", "  pitch_max: 2.25", "  pitch_max: high");
    refused(ImportError.INCONSISTENT, "features.pitch_max");
  }

  @Test
  void emptyRangeIsRefused() throws IOException {
    edit("config.yaml", "  energy_max: 1.75", "  energy_max: -2.0");
    refused(ImportError.INCONSISTENT, "features.energy_max");
  }

  @Test
  void statisticsOutsideTheDirectoryAreRefused() throws IOException {
    edit("config.yaml", "stats_npz_path: ", "stats_npz_path: ../");
    refused(ImportError.INCONSISTENT, "global_cmvn.stats_npz_path");
  }

  @Test
  void missingStatisticsAreRefused() throws IOException {
    Files.delete(directory.resolve("fbank_mfa_gcmvn_stats.npz"));
    refused(FileError.NOT_FOUND, "");
  }

  @Test
  void statisticsThatAreNoZipAreRefused() throws IOException {
    Files.writeString(directory.resolve("fbank_mfa_gcmvn_stats.npz"), "not a zip");
    refused(CheckpointError.BAD_ARRAYS, "mean");
  }

  @Test
  void headsThatDoNotDivideTheWidthAreRefused() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{\"encoder_attention_heads\": 5}");
    refused(ImportError.UNSUPPORTED_OPTION, "encoder_attention_heads");
  }

  @Test
  void vocoderForOtherFramesIsRefused() throws IOException {
    edit("hifigan.json", "\"model_in_dim\": 10", "\"model_in_dim\": 80");
    refused(ImportError.INCONSISTENT, "model_in_dim");
  }

  @Test
  void otherResidualBlocksAreRefused() throws IOException {
    edit("hifigan.json", "\"resblock\": \"1\"", "\"resblock\": \"2\"");
    refused(ImportError.UNSUPPORTED_OPTION, "resblock");
  }
}
