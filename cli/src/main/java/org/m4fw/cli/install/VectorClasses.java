package org.m4fw.cli.install;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.m4fw.base.file.OutputFile;

/**
 * Copies the classes of the JDK's Vector API into a jar. The JDK keeps no classes of incubating
 * modules in an ahead-of-time cache; those of a jar that is appended to its boot class path it
 * keeps, with all that it found out about them, which saves a second of processor time of every
 * command that computes with them.
 */
public final class VectorClasses {
  private static final String MODULE = "jdk.incubator.vector";

  private VectorClasses() {}

  /**
   * Copies.
   *
   * @param args where the jar goes
   */
  public static void main(String[] args) {
    copy(Path.of(args[0]));
  }

  static void copy(Path jar) {
    Path module = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", MODULE);
    try (OutputFile file = OutputFile.create(jar)) {
      try (ZipOutputStream to = new ZipOutputStream(file.stream())) {
        for (Path each : classes(module)) {
          byte[] content = Files.readAllBytes(each);
          to.putNextEntry(stored(module.relativize(each).toString(), content));
          to.write(content);
        }
      }
      file.commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All but what says that they are a module. */
  private static List<Path> classes(Path module) throws IOException {
    try (Stream<Path> files = Files.walk(module)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.equals(module.resolve("module-info.class")))
          .sorted()
          .toList();
    }
  }

  /** Not compressed, as they are read at once. */
  private static ZipEntry stored(String name, byte[] content) {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
    entry.setSize(content.length);
    entry.setCrc(checksum.getValue());
    return entry;
  }
}
