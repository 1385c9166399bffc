package org.m4fw.base.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** What goes wrong with files as such, whatever they hold. */
public enum FileError implements ErrorCode {
  NOT_FOUND(
      "no such file or directory", "check the path; relative paths start at the current directory"),
  NOT_A_REGULAR_FILE("is not a regular file", "give a file, not a directory, pipe or device"),
  NOT_A_DIRECTORY("is not a directory", "give a directory"),
  TOO_LARGE("has %d bytes, more than the %d allowed", "this is hardly the file that was meant"),
  UNREADABLE("cannot be read: %s", "check its permissions and the disk"),
  UNWRITABLE(
      "cannot be written: %s",
      "check the permissions of the directory, or choose another with --out"),
  NO_SPACE("no space left to write it: %s", "free some space, or choose another place with --out"),
  EXISTS("exists already", "remove it, or choose another name"),
  IN_USE("is being written by another process", "wait for it to end"),
  CHANGED("changed while it was read", "start again when nobody writes to it"),
  BOTH_COPIES_DAMAGED(
      "holds no state that is whole, in neither of its two copies",
      "it was damaged or is another file; restore it from where it was made");

  private final String template;
  private final String hint;

  FileError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }

  @Override
  public Category category() {
    return Category.INPUT;
  }

  /** The entry that an exception from writing means. */
  public static FileError ofWriting(IOException e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return text.contains("no space left")
            || text.contains("quota")
            || text.contains("file too large")
            || text.contains("not enough space")
        ? NO_SPACE
        : UNWRITABLE;
  }

  /** The system's reason in a few words, without the path, which the problem names anyway. */
  public static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "something else has that name";
    }
    if (e instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (e instanceof FileSystemException f) {
      // Its message would be the path once more.
      return f.getReason() == null ? "not permitted" : f.getReason();
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
