package org.m4fw.cli.export;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.OutputFile;

/**
 * A directory as an ext4 file system for a read-only partition, the same bytes wherever it is made:
 * UUID and hash seed follow from the image id, all times are one, all files belong to root and
 * cannot be written, and the features are listed here instead of in the machine's configuration.
 */
final class Ext4Image {
  static final int BLOCK = 4096;

  /** Without a journal, which a file system that nobody writes to does not need. */
  private static final String FEATURES =
      "none,ext_attr,dir_index,filetype,extent,sparse_super,large_file,huge_file,extra_isize,"
          + "metadata_csum";

  /** Room for superblocks, bitmaps, inodes and directories: 4 MiB, and 1 % for large ones. */
  private static final long SPARE_BLOCKS = 1024;

  private final FileSystemTools tools;
  private final long seconds;
  private final String uuid;

  /**
   * Prepares.
   *
   * @param seconds since 1970, after 0: the time of everything
   */
  Ext4Image(Digest imageId, long seconds) {
    this.tools = new FileSystemTools(seconds);
    this.seconds = seconds;
    this.uuid = uuid(imageId);
  }

  /** RFC 9562 version 8: bits of one's own choice. */
  static String uuid(Digest imageId) {
    String hex = imageId.hex();
    char variant = Character.forDigit(8 | (Character.digit(hex.charAt(16), 16) & 3), 16);
    return String.join(
        "-",
        hex.substring(0, 8),
        hex.substring(8, 12),
        "8" + hex.substring(13, 16),
        variant + hex.substring(17, 20),
        hex.substring(20, 32));
  }

  String uuid() {
    return uuid;
  }

  /**
   * Makes the file system.
   *
   * @param target in a directory that the caller commits, as the programs write it themselves
   * @throws org.m4fw.base.problem.ProblemException with an {@link ExportError} or {@link FileError}
   */
  void write(Path directory, Path target) {
    List<Path> entries = entries(directory);
    long blocks = 0;
    for (Path entry : entries) {
      blocks += Files.isDirectory(entry) ? 1 : (size(entry) + BLOCK - 1) / BLOCK;
    }
    blocks += blocks / 100 + SPARE_BLOCKS;
    tools.run(
        "mke2fs",
        "-q",
        "-F",
        "-t",
        "ext4",
        "-b",
        Integer.toString(BLOCK),
        "-I",
        "256",
        "-N",
        Integer.toString(entries.size() + 64),
        "-m",
        "0",
        "-O",
        FEATURES,
        "-U",
        uuid,
        "-E",
        "hash_seed=" + uuid + ",root_owner=0:0,lazy_itable_init=0",
        "-d",
        directory.toString(),
        target.toString(),
        Long.toString(blocks));
    settle(directory, entries, target);
  }

  /** Takes away what came from this machine: owners, permissions, times of inodes. */
  private void settle(Path directory, List<Path> entries, Path target) {
    StringBuilder script = new StringBuilder();
    settle("/", true, script);
    settle("/lost+found", true, script);
    for (Path entry : entries) {
      settle("/" + directory.relativize(entry), Files.isDirectory(entry), script);
    }
    try (OutputFile commands = OutputFile.scratch("debugfs")) {
      commands.append(script.toString().getBytes(StandardCharsets.UTF_8));
      tools.run("debugfs", "-w", "-f", commands.temporaryPath().toString(), target.toString());
    }
  }

  private void settle(String path, boolean directory, StringBuilder script) {
    String inode = path.equals("/") ? "<2>" : path;
    String mode = directory ? "040555" : "0100444";
    for (String field : List.of("uid 0", "gid 0", "mode " + mode)) {
      script.append("set_inode_field %s %s\n".formatted(inode, field));
    }
    for (String time : List.of("ctime", "atime", "mtime", "crtime")) {
      script.append(
          String.format(Locale.ROOT, "set_inode_field %s %s @%d\n", inode, time, seconds));
    }
  }

  private static List<Path> entries(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(path -> !path.equals(directory)).sorted().toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }
}
