package org.m4fw.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The compiled program keeps to {@code docs/architecture.md}. */
final class ArchitectureTest {
  private static final ModuleTable TABLE = ModuleTable.read();

  /** Without {@code org.m4fw.tests}, and without what protoc generates. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // Where modules are packaged, tests that other modules use come as jars.
          .withImportOption(location -> !location.contains("-tests.jar"))
          .withImportOption(location -> !location.contains("/onnx/proto/"))
          .importPackages("org.m4fw");

  @Test
  void theTableHasEveryModule() {
    assertEquals(
        Repository.modules(), TABLE.modules().stream().map(ModuleTable.Module::name).toList());
  }

  static Stream<ModuleTable.Module> modules() {
    return TABLE.modules().stream();
  }

  /** Guards the other rules against passing because there is nothing to look at. */
  @ParameterizedTest
  @MethodSource("modules")
  void classesOfTheModuleAreLookedAt(ModuleTable.Module module) {
    boolean hasSources =
        Repository.javaSources().stream()
            .anyMatch(file -> file.startsWith(Path.of(module.name(), "src", "main")));
    assertEquals(
        hasSources,
        CLASSES.stream()
            .anyMatch(
                type -> (type.getPackageName() + ".").startsWith(module.packageName() + ".")));
  }

  @ParameterizedTest
  @MethodSource("modules")
  void moduleUsesOnlyWhatTheTableAllows(ModuleTable.Module module) {
    CodeRules.uses(TABLE, module).check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("modules")
  void buildFileNamesOnlyWhatTheTableAllows(ModuleTable.Module module) {
    assertEquals(
        List.of(), BuildFile.of(module.name()).dependenciesNotIn(module.mayUse().keySet()));
  }

  @Test
  void contractOfAdaptersUsesOnlyBase() {
    CodeRules.contractUsesOnlyBase().check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    CodeRules.noPackageCycles().check(CLASSES);
  }

  @Test
  void namesSaySomething() {
    CodeRules.namesSaySomething().check(CLASSES);
  }

  @Test
  void onlyTheCommandLinePrints() {
    CodeRules.onlyTheCommandLinePrints().check(CLASSES);
  }

  @Test
  void onlyBaseOpensFilesForWriting() {
    CodeRules.onlyBaseOpensFilesForWriting().check(CLASSES);
  }

  @Test
  void onlySigningHoldsPrivateKeys() {
    CodeRules.onlySigningHoldsPrivateKeys().check(CLASSES);
  }

  @Test
  void noClockDecidesWhatIsTrusted() {
    CodeRules.noClockIn("org.m4fw.image..", "org.m4fw.signing..").check(CLASSES);
  }

  @Test
  void onlyFilesOfTheKernelsThatSaySoUseTheVectorApi() {
    assertTrue(
        CodeRules.usersOfTheVectorApi(CLASSES).stream()
            .allMatch(
                name -> name.matches("org\\.m4fw\\.quantizer\\.kernel\\.(Vector\\w+|PairVectors)")),
        () -> CodeRules.usersOfTheVectorApi(CLASSES).toString());
  }
}
