package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.host.text.Tokenizer;

/** A {@code tokenizer.json}, which a native library reads. */
final class TokenizerFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(
        () -> {
          try (Tokenizer tokenizer = Tokenizer.open("hostile", content)) {
            tokenizer.encode("In the beginning");
          }
        });
  }
}
