package org.m4fw.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.List;
import java.util.Set;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.m4fw.adapter.contract.offending.UsesTargets;
import org.m4fw.targets.offending.Offending;
import org.m4fw.targets.offending.cycle.Egg;
import org.m4fw.targets.offending.cycle.hen.Hen;

/** Every rule notices a class that breaks it. */
final class RulesCanFailTest {
  private static final ModuleTable TABLE = ModuleTable.read();

  @Test
  void dependencyOutsideTheTableIsNoticed() {
    refuses(usesOfTargets(), Offending.UsesTheCommandLine.class);
    accepts(usesOfTargets(), Offending.Prints.class);
  }

  @Test
  void dependencyOnASubpackageThatIsNotAllowedIsNoticed() {
    ModuleTable.Module quantizer =
        TABLE.modules().stream()
            .filter(m -> m.name().equals("quantizer"))
            .findFirst()
            .orElseThrow();
    assertEquals("ir legalize onnx", quantizer.mayUse().get("graph-compiler"));
    assertFalse(List.of(TABLE.packagesFor(quantizer)).contains("org.m4fw.graph.importer.."));
    assertTrue(List.of(TABLE.packagesFor(quantizer)).contains("org.m4fw.graph.ir.."));
    assertFalse(List.of(TABLE.packagesFor(quantizer)).contains("org.m4fw.graph.."));
  }

  @Test
  void rowThatCannotBeReadIsNoticed() {
    assertThrows(
        IllegalArgumentException.class,
        () -> ModuleTable.parse("| `cli` | `org.m4fw.cli` | commands | base; checkpoint |"));
  }

  @Test
  void contractThatUsesMoreThanBaseIsNoticed() {
    refuses(CodeRules.contractUsesOnlyBase(), UsesTargets.class);
  }

  @Test
  void packageCycleIsNoticed() {
    refuses(CodeRules.noPackageCycles(), Egg.class, Hen.class);
  }

  @Test
  void classNamedAfterNothingIsNoticed() {
    refuses(CodeRules.namesSaySomething(), Offending.PixelHelper.class);
    accepts(CodeRules.namesSaySomething(), Offending.Prints.class);
  }

  @Test
  void printingIsNoticed() {
    refuses(CodeRules.onlyTheCommandLinePrints(), Offending.Prints.class);
    refuses(CodeRules.onlyTheCommandLinePrints(), Offending.PrintsStack.class);
  }

  @Test
  void writingIsNoticed() {
    refuses(CodeRules.onlyBaseOpensFilesForWriting(), Offending.WritesFile.class);
    refuses(CodeRules.onlyBaseOpensFilesForWriting(), Offending.OpensChannel.class);
    refuses(CodeRules.onlyBaseOpensFilesForWriting(), Offending.OpensStream.class);
  }

  @Test
  void streamOfADescriptorIsNotTakenForAFile() {
    accepts(CodeRules.onlyBaseOpensFilesForWriting(), StandardOutput.class);
  }

  @Test
  void privateKeyIsNoticed() {
    refuses(CodeRules.onlySigningHoldsPrivateKeys(), Offending.HoldsKey.class);
  }

  @Test
  void clockIsNoticed() {
    refuses(CodeRules.noClockIn("org.m4fw.targets.."), Offending.AsksTheTime.class);
    accepts(CodeRules.noClockIn("org.m4fw.targets.."), Offending.HoldsKey.class);
  }

  @Test
  void userOfTheVectorApiIsNoticed() {
    assertEquals(
        Set.of(getClass().getName()), CodeRules.usersOfTheVectorApi(classes(UsesVectors.class)));
  }

  @Test
  void dependencyInABuildFileIsNoticed() {
    BuildFile file =
        BuildFile.parse(
            """
            <project><dependencies>
              <dependency><artifactId>m4fw-base</artifactId></dependency>
              <dependency><artifactId>m4fw-signing</artifactId></dependency>
              <dependency><artifactId>m4fw-cli</artifactId><scope>test</scope></dependency>
            </dependencies></project>
            """);
    assertEquals(List.of("m4fw-signing"), file.dependenciesNotIn(Set.of("base")));
  }

  @Test
  void packageThatAllowsNullsOrSaysNothingIsNoticed() {
    assertTrue(SourceTest.isComplete("/** What. */\n@NullMarked\npackage a;\n"));
    assertFalse(SourceTest.isComplete("/** What. */\npackage a;\n"));
    assertFalse(SourceTest.isComplete("@NullMarked\npackage a;\n"));
  }

  private static ArchRule usesOfTargets() {
    return CodeRules.uses(
        TABLE,
        TABLE.modules().stream().filter(m -> m.name().equals("targets")).findFirst().orElseThrow());
  }

  private static void refuses(ArchRule rule, Class<?>... offending) {
    assertTrue(rule.evaluate(classes(offending)).hasViolation(), rule.getDescription());
  }

  private static void accepts(ArchRule rule, Class<?> innocent) {
    assertFalse(rule.evaluate(classes(innocent)).hasViolation(), rule.getDescription());
  }

  private static JavaClasses classes(Class<?>... classes) {
    return new ClassFileImporter().importClasses(classes);
  }

  static final class StandardOutput {
    FileOutputStream stream() {
      return new FileOutputStream(FileDescriptor.out);
    }
  }

  static final class UsesVectors {
    int lanes() {
      return FloatVector.SPECIES_PREFERRED.length();
    }
  }
}
