package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.host.text.PhonemeDictionary;

/** A dictionary of phonemes, as fairseq writes it. */
final class PhonemesFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Hostile.parse(() -> PhonemeDictionary.parse("hostile", content));
  }
}
