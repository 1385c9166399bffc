package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;

/** The {@code adapter_config.json} of an adapter. */
final class AdapterConfigFuzzTest {
  private static final Workplace PLACE =
      new Workplace().with("peft-lora/adapter_model.safetensors", "adapter_model.safetensors");

  @FuzzTest
  void config(byte[] content) {
    PLACE.write("adapter_config.json", content);
    Hostile.parse(() -> Adapters.open(PLACE.directory(), OptionalDouble.empty()).close());
  }
}
