package org.m4fw.image.lazy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import org.m4fw.base.file.FileError;

/** Whether nobody but the user (or root) can write to a file, as far as a file can tell. */
final class ExclusiveFile {
  private ExclusiveFile() {}

  /** Refuses links, further names, other owners, and permission for others to write. */
  static void require(Path path) {
    try {
      BasicFileAttributes basic =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!basic.isRegularFile()) {
        throw LazyError.NOT_EXCLUSIVE.at(path, "", "it is a link or no regular file");
      }
      if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
        throw LazyError.NOT_EXCLUSIVE.at(path, "", "this system does not say who can write to it");
      }
      posix(path);
      Object links = Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
      if (!Integer.valueOf(1).equals(links)) {
        throw LazyError.NOT_EXCLUSIVE.at(path, "", "it has %s names".formatted(links));
      }
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  private static void posix(Path path) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
        || attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
      throw LazyError.NOT_EXCLUSIVE.at(path, "", "its permissions let others write");
    }
    UserPrincipal user =
        path.getFileSystem()
            .getUserPrincipalLookupService()
            .lookupPrincipalByName(System.getProperty("user.name", ""));
    boolean root = Integer.valueOf(0).equals(Files.getAttribute(path, "unix:uid"));
    if (!attributes.owner().equals(user) && !root) {
      throw LazyError.NOT_EXCLUSIVE.at(path, "", "it belongs to " + attributes.owner().getName());
    }
  }
}
