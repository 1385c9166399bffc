package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.signing.trust.SignedRoot;

/** Trust roots, plain and signed. */
final class TrustRootFuzzTest {
  @FuzzTest
  void trustRoot(byte[] content) {
    Hostile.parse(() -> SignedRoot.parse("hostile", content));
  }
}
