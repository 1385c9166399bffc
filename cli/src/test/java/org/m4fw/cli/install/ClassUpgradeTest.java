package org.m4fw.cli.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.ClassFile;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ClassUpgradeTest {
  private static final String OLD = "picocli/CommandLine.class";

  @TempDir Path directory;

  @Test
  void oldClassesBecomeNewerOnesThatTheVerifierAccepts() throws Exception {
    Path jar =
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path upgraded = directory.resolve("upgraded.jar");
    assertTrue(version(jar) < ClassFile.JAVA_6_VERSION, "nothing to do any more");
    ClassUpgrade.upgrade(jar, upgraded);
    assertEquals(ClassFile.JAVA_8_VERSION, version(upgraded));
    assertEquals(entries(jar), entries(upgraded));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {upgraded.toUri().toURL()}, null)) {
      Class<?> type = Class.forName(CommandLine.class.getName(), true, loader);
      assertEquals(CommandLine.VERSION, type.getField("VERSION").get(null));
    }
  }

  private static int version(Path jar) throws Exception {
    try (ZipFile file = new ZipFile(jar.toFile())) {
      byte[] bytes = file.getInputStream(file.getEntry(OLD)).readAllBytes();
      return ClassFile.of().parse(bytes).majorVersion();
    }
  }

  private static Object entries(Path jar) throws Exception {
    try (ZipFile file = new ZipFile(jar.toFile())) {
      return file.stream().map(ZipEntry::getName).toList();
    }
  }
}
