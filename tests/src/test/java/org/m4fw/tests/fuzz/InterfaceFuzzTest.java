package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.adapter.contract.InterfaceJson;

/** The record of an interface that adapters bind to. */
final class InterfaceFuzzTest {
  @FuzzTest
  void record(byte[] content) {
    Hostile.parse(() -> InterfaceJson.parse("hostile", content));
  }
}
