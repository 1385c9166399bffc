package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.image.Envelope;

/** The envelope around a manifest, with its signatures. */
final class EnvelopeFuzzTest {
  @FuzzTest
  void envelope(byte[] content) {
    Hostile.parse(() -> Envelope.parse("hostile", content));
  }
}
