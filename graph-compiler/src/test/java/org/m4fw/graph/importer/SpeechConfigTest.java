package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;

/** What is made of the configurations of Whisper and VITS, and which are refused. */
final class SpeechConfigTest {
  private static final String WHISPER = "whisper-f16";
  private static final String VITS = "vits-f32";

  @TempDir Path directory;

  private static Model model(Path checkpoint) {
    try (Checkpoint open = Checkpoint.open(checkpoint)) {
      return ModelImporter.importModel(open);
    }
  }

  private Model edited(String golden, String old, String replacement) throws IOException {
    Fixtures.copy(golden, directory);
    Fixtures.edit(directory.resolve("config.json"), old, replacement);
    return model(directory);
  }

  private void refused(ErrorCode code, String item, String golden, String old, String replacement) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> edited(golden, old, replacement));
    assertEquals(code, e.problem().code(), e.getMessage());
    assertEquals(item, e.problem().item());
  }

  @Test
  void whisperIsAnEncoderAndADecoderThatTakesWhatIsMadeOfWhatItGives() {
    Model whisper = model(Fixtures.golden(WHISPER));
    assertEquals(List.of("encoder", "memory", "decoder"), List.copyOf(whisper.parts().keySet()));
    Port hidden = whisper.part("encoder").outputs().getFirst();
    assertEquals("encoder_hidden", hidden.name());
    assertEquals(List.of(hidden), whisper.part("memory").inputs());
    assertTrue(whisper.part("decoder").inputs().containsAll(whisper.part("memory").outputs()));
  }

  @Test
  void tiedHeadOfWhisperIsCountedOnce() {
    assertEquals(248_000, model(Fixtures.golden(WHISPER)).parameters());
  }

  @Test
  void trainingOnlyTensorsOfVitsAreLeftOut() {
    assertTrue(
        model(Fixtures.golden(VITS)).weights().keySet().stream()
            .noneMatch(
                name ->
                    name.startsWith("posterior_encoder.")
                        || name.startsWith("duration_predictor.post_")
                        || name.startsWith("duration_predictor.flows.1.")));
  }

  @Test
  void vitsIsTheSameWhateverTheNoiseThatIsLeftOut() throws IOException {
    Model silent = model(Fixtures.golden(VITS));
    Model noisy = edited(VITS, "\"noise_scale\": 0.0", "\"noise_scale\": 0.667");
    assertEquals(silent.part("synthesizer").nodes(), noisy.part("synthesizer").nodes());
    assertFalse(silent.part("synthesizer").nodes().isEmpty());
  }

  @Test
  void activationOfWhisperOtherThanGeluIsRefused() {
    refused(
        ImportError.UNSUPPORTED_OPTION,
        "activation_function",
        WHISPER,
        "\"activation_function\": \"gelu\"",
        "\"activation_function\": \"relu\"");
  }

  @Test
  void headsOfWhispersEncoderThatDoNotDivideAreRefused() {
    refused(
        ImportError.INCONSISTENT,
        "encoder_attention_heads",
        WHISPER,
        "\"encoder_attention_heads\": 4",
        "\"encoder_attention_heads\": 5");
  }

  @Test
  void headsOfWhispersDecoderThatDoNotDivideAreRefused() {
    refused(
        ImportError.INCONSISTENT,
        "decoder_attention_heads",
        WHISPER,
        "\"decoder_attention_heads\": 4",
        "\"decoder_attention_heads\": 5");
  }

  @Test
  void untiedHeadOfWhisperHasToBeThere() {
    refused(
        ImportError.MISSING_WEIGHTS,
        "",
        WHISPER,
        "\"tie_word_embeddings\": true",
        "\"tie_word_embeddings\": false");
  }

  @Test
  void activationOfVitsOtherThanReluIsRefused() {
    unsupported("hidden_act", "\"relu\"", "\"gelu\"");
  }

  @Test
  void speakersWithoutVectorsAreRefused() {
    refused(
        ImportError.INCONSISTENT,
        "speaker_embedding_size",
        VITS,
        "\"num_speakers\": 1",
        "\"num_speakers\": 109");
  }

  @Test
  void speakersOfVitsAreAnInput() {
    assertTrue(
        model(Fixtures.golden("vits-speakers-f32")).part("synthesizer").inputs().stream()
            .anyMatch(port -> port.name().equals("speaker_id")));
  }

  @Test
  void vectorOfASingleSpeakerIsRefused() {
    refused(
        ImportError.INCONSISTENT,
        "speaker_embedding_size",
        VITS,
        "\"speaker_embedding_size\": 0",
        "\"speaker_embedding_size\": 256");
  }

  @Test
  void durationFlowOfMoreThanTwoChannelsIsRefused() {
    unsupported("depth_separable_channels", "2", "4");
  }

  @Test
  void headsOfVitsThatDoNotDivideAreRefused() {
    inconsistent("num_attention_heads", "2", "3");
  }

  @Test
  void latentsThatCannotBeHalvedAreRefused() {
    inconsistent("flow_size", "32", "33");
  }

  @Test
  void kernelOfEvenSizeIsRefusedWhereTheLengthHasToStay() {
    inconsistent("wavenet_kernel_size", "5", "4");
  }

  @Test
  void splineWithoutAnInsideIsRefused() {
    inconsistent("duration_predictor_tail_bound", "5.0", "0");
  }

  @Test
  void speechThatStandsStillIsRefused() {
    inconsistent("speaking_rate", "1.0", "0.0");
  }

  @Test
  void vocoderWithoutStagesIsRefused() {
    vocoder("upsample_rates", "\"upsample_rates\": [\n    4,\n    4", "\"upsample_rates\": [");
  }

  @Test
  void stagesWithoutKernelsAreRefused() {
    vocoder(
        "upsample_kernel_sizes",
        "\"upsample_kernel_sizes\": [\n    8,",
        "\"upsample_kernel_sizes\": [");
  }

  @Test
  void stageThatLeavesGapsIsRefused() {
    vocoder("upsample_kernel_sizes[0]", "[\n    8,", "[\n    3,");
  }

  @Test
  void vocoderThatRunsOutOfChannelsIsRefused() {
    inconsistent("upsample_initial_channel", "32", "3");
  }

  @Test
  void stageWithoutResidualBlocksIsRefused() {
    vocoder(
        "resblock_kernel_sizes",
        "\"resblock_kernel_sizes\": [\n    3,\n    5",
        "\"resblock_kernel_sizes\": [");
  }

  @Test
  void residualBlocksWithoutDilationsAreRefused() {
    vocoder(
        "resblock_dilation_sizes",
        "\"resblock_kernel_sizes\": [\n    3,",
        "\"resblock_kernel_sizes\": [");
  }

  @Test
  void residualBlockOfMoreConvolutionsThanAnyModelHasIsRefused() {
    vocoder(
        "resblock_dilation_sizes",
        "\"resblock_dilation_sizes\": [\n    [\n",
        "\"resblock_dilation_sizes\": [\n    [\n" + "1, ".repeat(20));
  }

  @Test
  void residualBlockWithAKernelOfEvenSizeIsRefused() {
    vocoder(
        "resblock_kernel_sizes",
        "\"resblock_kernel_sizes\": [\n    3,",
        "\"resblock_kernel_sizes\": [\n    4,");
  }

  @Test
  void dilationsThatAreNoListsAreRefused() {
    refused(
        JsonError.WRONG_TYPE,
        "resblock_dilation_sizes[0]",
        VITS,
        "\"resblock_dilation_sizes\": [\n",
        "\"resblock_dilation_sizes\": [ 1,\n");
  }

  private void unsupported(String item, String old, String replacement) {
    field(ImportError.UNSUPPORTED_OPTION, item, old, replacement);
  }

  private void inconsistent(String item, String old, String replacement) {
    field(ImportError.INCONSISTENT, item, old, replacement);
  }

  private void field(ErrorCode code, String item, String old, String replacement) {
    String name = "\"%s\": ".formatted(item);
    refused(code, item, VITS, name + old, name + replacement);
  }

  private void vocoder(String item, String old, String replacement) {
    refused(ImportError.INCONSISTENT, item, VITS, old, replacement);
  }
}
