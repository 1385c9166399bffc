package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.m4fw.adapter.contract.ChangeKind;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.base.problem.ErrorCode;

/** What {@code adapter check --explain} says about codes. */
final class AdapterCodesTest {
  private static List<String> explained(String code) {
    Tool.Outcome outcome = Tool.run("adapter", "check", "--explain", code);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome.out().lines().toList();
  }

  @ParameterizedTest
  @EnumSource
  void everyReasonOfADecisionIsExplained(Reason reason) {
    assertTrue(explained(reason.code()).contains(reason.explanation()));
  }

  @ParameterizedTest
  @EnumSource
  void everyChangeOfAnInterfaceIsExplained(ChangeKind change) {
    assertTrue(
        explained(change.code())
            .contains(
                "  %s; asks for a new %s version"
                    .formatted(change.explanation(), change.level().id())));
  }

  /** The first code of every catalogue of the module: a catalogue is explained as a whole. */
  static Stream<ErrorCode> catalogues() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.m4fw.adapter", "org.m4fw.cli.adapter")
            .stream()
            .filter(found -> found.isAssignableTo(ErrorCode.class) && found.isEnum())
            .map(JavaClass::reflect)
            .map(found -> (ErrorCode) found.getEnumConstants()[0]);
  }

  @ParameterizedTest
  @MethodSource("catalogues")
  void everyCatalogueOfErrorsIsExplained(ErrorCode code) {
    assertTrue(explained(code.name()).contains("  what to do: " + code.hint()), code.name());
  }

  @Test
  void errorOfAPackageIsExplainedByItsSubject() {
    assertEquals("POINT_DIFFERS, of a package:", explained("POINT_DIFFERS").getFirst());
  }

  @Test
  void codeThatThereIsNotIsRefusedWithThoseOfDecisions() {
    Tool.Outcome outcome = Tool.run("adapter", "check", "--explain", "nonsense");
    assertEquals(2, outcome.code());
    Arrays.stream(Reason.values())
        .forEach(reason -> assertTrue(outcome.error().contains(reason.code()), outcome.error()));
  }
}
