package org.m4fw.targets.offending;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.PrivateKey;
import java.time.Instant;
import org.m4fw.cli.Main;

/** Breaks every rule of the architecture once, to show that each is noticed. */
public final class Offending {
  private Offending() {}

  /** A module that uses one that it may not use. */
  public static final class UsesTheCommandLine {
    public Class<?> used() {
      return Main.class;
    }
  }

  /** Named after nothing. */
  public static final class PixelHelper {}

  /** Prints. */
  public static final class Prints {
    public void print() {
      System.out.println();
    }
  }

  /** Prints, too. */
  public static final class PrintsStack {
    public void print(Exception e) {
      e.printStackTrace();
    }
  }

  /** Writes a file. */
  public static final class WritesFile {
    public void write() throws IOException {
      Files.writeString(Path.of("x"), "x");
    }
  }

  /** Writes a file through a channel. */
  public static final class OpensChannel {
    public void write() throws IOException {
      FileChannel.open(Path.of("x"), StandardOpenOption.WRITE).close();
    }
  }

  /** Writes a file through a stream. */
  public static final class OpensStream {
    public void write() throws IOException {
      new FileOutputStream("x").close();
    }
  }

  /** Asks what time it is. */
  public static final class AsksTheTime {
    public long now() {
      return Instant.now().toEpochMilli();
    }
  }

  /** Holds a private key. */
  public static final class HoldsKey {
    public String format(PrivateKey key) {
      return key.getFormat();
    }
  }
}
