package org.m4fw.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FileWriter;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Rules about compiled classes. */
final class CodeRules {
  private static final String EVERYTHING = "org.m4fw..";
  private static final Set<String> NAMED_AFTER_NOTHING =
      Set.of("util", "utils", "helper", "helpers", "manager", "managers", "common", "misc");
  private static final Set<String> METHODS_THAT_WRITE =
      Set.of(
          "copy",
          "createFile",
          "createTempFile",
          "move",
          "newBufferedWriter",
          "newByteChannel",
          "newOutputStream",
          "write",
          "writeString");
  private static final List<Class<?>> FILE_WRITERS =
      List.of(
          FileOutputStream.class,
          FileWriter.class,
          PrintStream.class,
          PrintWriter.class,
          RandomAccessFile.class);

  /** What those are made from when no file is opened. */
  private static final List<Class<?>> NOT_FILES =
      List.of(FileDescriptor.class, OutputStream.class, Writer.class);

  private CodeRules() {}

  /** A module uses only what the table allows it. */
  static ArchRule uses(ModuleTable table, ModuleTable.Module module) {
    String[] allowed = table.packagesFor(module);
    return noClasses()
        .that()
        .resideInAPackage(module.packageName() + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(EVERYTHING)
                .and(not(resideInAnyPackage(allowed)))
                .as("are not in %s", String.join(", ", allowed)))
        .allowEmptyShould(true);
  }

  /** The record of an adapter's interface has to be readable without the rest of the packer. */
  static ArchRule contractUsesOnlyBase() {
    return noClasses()
        .that()
        .resideInAPackage("org.m4fw.adapter.contract..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(EVERYTHING)
                .and(not(resideInAnyPackage("org.m4fw.adapter.contract..", "org.m4fw.base.."))))
        .allowEmptyShould(true);
  }

  static ArchRule noPackageCycles() {
    return slices().matching("org.m4fw.(**)").should().beFreeOfCycles();
  }

  /** No package, and no class by its last word, is named util, helper, manager or common. */
  static ArchRule namesSaySomething() {
    return classes()
        .that()
        .resideInAPackage(EVERYTHING)
        .should(
            new ArchCondition<>("be named after something") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                Set<String> words =
                    new TreeSet<>(Arrays.asList(type.getPackageName().split("\\.", -1)));
                words.add(lastWord(type.getSimpleName()));
                words.retainAll(NAMED_AFTER_NOTHING);
                if (!words.isEmpty()) {
                  events.add(SimpleConditionEvent.violated(type, type.getName() + ": " + words));
                }
              }
            });
  }

  static ArchRule onlyTheCommandLinePrints() {
    return noClasses()
        .that(outside("org.m4fw.cli.."))
        .should(ACCESS_STANDARD_STREAMS)
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .allowEmptyShould(true);
  }

  static ArchRule onlyBaseOpensFilesForWriting() {
    return noClasses()
        .that(outside("org.m4fw.base.."))
        .should()
        .callCodeUnitWhere(describe("it opens a file for writing", CodeRules::opensForWriting))
        .allowEmptyShould(true);
  }

  static ArchRule onlySigningHoldsPrivateKeys() {
    return noClasses()
        .that(outside("org.m4fw.signing.."))
        .should()
        .dependOnClassesThat(describe("are or hold private keys", CodeRules::holdsPrivateKeys))
        .allowEmptyShould(true);
  }

  /** A clock can be set back: whether something is trusted must not depend on it. */
  static ArchRule noClockIn(String... packages) {
    return noClasses()
        .that()
        .resideInAnyPackage(packages)
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callConstructor(Date.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class);
  }

  /** The files (top-level classes) that use the Vector API, which may change with every JDK. */
  static Set<String> usersOfTheVectorApi(JavaClasses classes) {
    return classes.stream()
        .filter(
            type ->
                type.getDirectDependenciesFromSelf().stream()
                    .map(Dependency::getTargetClass)
                    .anyMatch(
                        target ->
                            target
                                .getBaseComponentType()
                                .getPackageName()
                                .startsWith("jdk.incubator")))
        .map(type -> type.getName().replaceFirst("\\$.*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static DescribedPredicate<JavaClass> outside(String packages) {
    return resideInAPackage(EVERYTHING).and(not(resideInAPackage(packages)));
  }

  private static String lastWord(String name) {
    String[] words = name.split("(?<=[a-z0-9])(?=[A-Z])", -1);
    return words[words.length - 1].toLowerCase(Locale.ROOT);
  }

  // Reading goes through base's MappedFile, so that whoever calls FileChannel.open wants to write.
  private static boolean opensForWriting(JavaCall<?> call) {
    JavaClass owner = call.getTargetOwner();
    String name = call.getName();
    if (owner.isEquivalentTo(Files.class)) {
      return METHODS_THAT_WRITE.contains(name);
    }
    if (owner.isEquivalentTo(FileChannel.class)) {
      return name.equals("open");
    }
    return name.equals(JavaConstructor.CONSTRUCTOR_NAME)
        && FILE_WRITERS.stream().anyMatch(owner::isEquivalentTo)
        && call.getTarget().getRawParameterTypes().stream()
            .limit(1)
            .noneMatch(type -> NOT_FILES.stream().anyMatch(type::isEquivalentTo));
  }

  private static boolean holdsPrivateKeys(JavaClass type) {
    return type.isEquivalentTo(PrivateKey.class)
        || type.isEquivalentTo(KeyPair.class)
        || type.getPackageName().startsWith("org.bouncycastle");
  }
}
