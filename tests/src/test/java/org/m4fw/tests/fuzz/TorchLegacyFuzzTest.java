package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.checkpoint.Checkpoint;

/** What {@code torch.save} wrote before version 1.6: five pickles and the storages. */
final class TorchLegacyFuzzTest {
  private static final Workplace PLACE = new Workplace();

  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(
        () -> {
          try (Checkpoint checkpoint = Checkpoint.open(PLACE.write("pytorch_model.bin", content))) {
            Hostile.touch(checkpoint.tensors().values());
          }
        });
  }
}
