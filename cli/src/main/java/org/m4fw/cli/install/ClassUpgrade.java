package org.m4fw.cli.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.m4fw.base.file.OutputFile;

/**
 * Brings the classes of a jar up to the class file format of Java 8. The JDK keeps no classes from
 * before Java 6 in its ahead-of-time cache and verifies them slowly at every start, and picocli,
 * which every command goes through, is compiled for Java 5. The code stays what it is; stack maps
 * are added.
 */
public final class ClassUpgrade {
  private ClassUpgrade() {}

  /**
   * Upgrades; the classes of the jar have to be on the class path, too.
   *
   * @param args the jar, and where the upgraded one goes
   */
  public static void main(String[] args) {
    upgrade(Path.of(args[0]), Path.of(args[1]));
  }

  static void upgrade(Path jar, Path upgraded) {
    ClassFile format =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(ClassUpgrade.class.getClassLoader())));
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputFile file = OutputFile.create(upgraded)) {
      try (ZipOutputStream to = new ZipOutputStream(file.stream())) {
        for (ZipEntry entry : Collections.list(from.entries())) {
          ZipEntry copy = new ZipEntry(entry.getName());
          copy.setTime(entry.getTime());
          to.putNextEntry(copy);
          to.write(content(format, from, entry));
        }
      }
      file.commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] content(ClassFile format, ZipFile jar, ZipEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      byte[] bytes = in.readAllBytes();
      return entry.getName().endsWith(".class") ? upgraded(format, bytes) : bytes;
    }
  }

  private static byte[] upgraded(ClassFile format, byte[] bytes) {
    ClassModel model = format.parse(bytes);
    if (model.majorVersion() >= ClassFile.JAVA_8_VERSION) {
      return bytes;
    }
    ClassTransform newVersion =
        (builder, element) ->
            builder.with(
                element instanceof ClassFileVersion
                    ? ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0)
                    : element);
    return format.transformClass(
        model,
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(newVersion));
  }
}
