package org.m4fw.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;

final class PeftPromptReaderTest {
  private static final String TENSOR = "prompt_embeddings";

  @TempDir Path path;
  private PeftDirectory directory = new PeftDirectory(Path.of(""));

  @BeforeEach
  void twoVirtualTokensOfWidthThree() {
    directory = new PeftDirectory(path).without(PeftDirectory.A).without(PeftDirectory.B);
    directory.without("r").without("lora_alpha").setting("peft_type", "\"PROMPT_TUNING\"");
    directory.setting("num_virtual_tokens", "2").setting("token_dim", "3");
    directory.setting("num_layers", "1").tensor(TENSOR, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
  }

  private SoftPrompt.Kind read() {
    directory.write();
    try (Checkpoint weights = PeftReader.open(path)) {
      return PeftPromptReader.read(path, weights).kind();
    }
  }

  private void refused(ErrorCode code, String item) {
    var problem = assertThrows(ProblemException.class, this::read).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals(item, problem.item(), problem.text());
  }

  @Test
  void promptTuningIsRead() {
    assertEquals(SoftPrompt.Kind.VECTORS, read());
  }

  @Test
  void promptsOfAnEncoderOfItsOwnAreRead() {
    directory.setting("peft_type", "\"P_TUNING\"").setting("encoder_hidden_size", "8");
    assertEquals(SoftPrompt.Kind.VECTORS, read());
  }

  @Test
  void prefixTuningIsRead() {
    directory.setting("peft_type", "\"PREFIX_TUNING\"").setting("prefix_projection", "true");
    directory.tensor(TENSOR, Shape.of(2, 6), new float[12]);
    assertEquals(SoftPrompt.Kind.CACHE, read());
  }

  @Test
  void otherNumberOfTokensThanDeclaredIsRejected() {
    directory.setting("num_virtual_tokens", "3");
    refused(PeftError.WRONG_PROMPT, TENSOR);
  }

  @Test
  void prefixOfAnotherNumberOfLayersIsRejected() {
    directory.setting("peft_type", "\"PREFIX_TUNING\"").setting("num_layers", "2");
    directory.tensor(TENSOR, Shape.of(2, 6), new float[12]);
    refused(PeftError.WRONG_PROMPT, TENSOR);
  }

  @Test
  void missingVectorsAreRejected() {
    directory.without(TENSOR).tensor("other", Shape.of(1), 1);
    refused(CheckpointError.NO_SUCH_TENSOR, TENSOR);
  }

  @Test
  void furtherTensorsAreRejected() {
    directory.tensor("base_model.model.lm_head.weight", Shape.of(1, 1), 1);
    refused(PeftError.UNSUPPORTED_TENSOR, "base_model.model.lm_head.weight");
  }

  @Test
  void vectorsThatAreNoNumbersAreRejected() {
    directory.tensor(TENSOR, Shape.of(2, 3), 1, 2, 3, 4, Float.NaN, 6);
    refused(LoraError.NOT_FINITE, TENSOR);
  }

  @Test
  void vectorsOfIntegersAreRejected() {
    directory.bytes(
        TENSOR,
        DType.I8,
        Shape.of(2, 3),
        (byte) 1,
        (byte) 2,
        (byte) 3,
        (byte) 4,
        (byte) 5,
        (byte) 6);
    refused(LoraError.NOT_FLOAT, TENSOR);
  }

  @Test
  void virtualTokensOfAnEncoderTooAreRejected() {
    directory.setting("num_transformer_submodules", "2");
    refused(PeftError.UNSUPPORTED_SETTING, "num_transformer_submodules");
  }

  @Test
  void replacedModulesBesideVirtualTokensAreRejected() {
    directory.setting("modules_to_save", "[\"lm_head\"]");
    refused(PeftError.UNSUPPORTED_SETTING, "modules_to_save");
  }

  @Test
  void unknownSettingThatIsOnIsRejected() {
    directory.setting("num_ranks", "4");
    refused(PeftError.UNKNOWN_SETTING, "num_ranks");
  }
}
