package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.signing.trust.KeyLineage;

/** The lineage of a developer's keys. */
final class LineageFuzzTest {
  @FuzzTest
  void lineage(byte[] content) {
    Hostile.parse(() -> KeyLineage.parse("hostile", content));
  }
}
