package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.checkpoint.Checkpoint;

/** The index of a checkpoint in several files. */
final class ShardIndexFuzzTest {
  private static final Workplace PLACE =
      new Workplace()
          .with("peft-lora/adapter_model.safetensors", "model-00001-of-00002.safetensors")
          .with("peft-dora/adapter_model.safetensors", "model-00002-of-00002.safetensors");

  @FuzzTest
  void index(byte[] content) {
    PLACE.write("model.safetensors.index.json", content);
    Hostile.parse(() -> Checkpoint.open(PLACE.directory()).close());
  }
}
