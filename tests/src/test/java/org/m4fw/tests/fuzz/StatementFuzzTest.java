package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.signing.statement.RevocationList;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;

/** Signed statements, and what revocations say. */
final class StatementFuzzTest {
  @FuzzTest
  void statement(byte[] content) {
    Hostile.parse(
        () -> {
          SignedStatement statement = SignedStatement.parse("hostile", content);
          if (statement.kind() == StatementKind.REVOCATIONS) {
            RevocationList.of(statement);
          }
        });
  }
}
