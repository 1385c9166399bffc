package org.m4fw.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.PartialFile;

/**
 * The transfer of one file. What has arrived is kept, by this run and by the next, and the rest is
 * asked for with a range; the whole is held against the hub's digest before it gets its name, so
 * that a rest of another file shows however the server answers.
 */
final class FileDownload implements AutoCloseable {
  /** So much has to arrive before a failure counts as the first again. */
  private static final long PROGRESS = 1 << 20;

  private static final Pattern RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  /** Tells somebody how far it is; negative if what had arrived is of no use. */
  interface Meter {
    void advance(long bytes);
  }

  private final HubConnection connection;
  private final URI address;
  private final HubFile file;
  private final PartialFile part;
  private final Meter meter;
  private MessageDigest expected;
  private MessageDigest sha256 = Digest.sha256();
  private Optional<String> tag = Optional.empty();

  /**
   * Opens what an earlier run left.
   *
   * @param target the file's final name
   */
  FileDownload(HubConnection connection, URI address, HubFile file, Path target, Meter meter) {
    this.connection = connection;
    this.address = address;
    this.file = file;
    this.part = PartialFile.open(target, file.digest().hex().substring(0, 16));
    this.meter = meter;
    this.expected = file.digest().begin(file.size());
    if (part.length() > file.size()) {
      part.clear();
    }
    part.read(this::update);
    meter.advance(part.length());
  }

  /**
   * Gets the rest, checks the whole and gives it its name.
   *
   * @return its digest
   * @throws org.m4fw.base.problem.ProblemException with a {@link HubError} or a {@link
   *     org.m4fw.base.file.FileError}
   */
  Digest run() {
    Attempts attempts = new Attempts(connection.settings(), file.path());
    boolean fresh = part.length() == 0;
    long mark = part.length();
    while (true) {
      try {
        while (part.length() < file.size()) {
          transfer();
        }
        byte[] found = expected.digest();
        if (file.digest().matches(found)) {
          part.commit();
          return Digest.ofBytes(sha256.digest());
        }
        restart();
        if (fresh) {
          // All of it came from this server in this run: it is the content that is wrong.
          throw HubError.WRONG_DIGEST.at(
              file.path(), "", HexFormat.of().formatHex(found), file.digest().hex());
        }
        fresh = true;
        mark = 0;
      } catch (TransientFailure failure) {
        if (part.length() - mark >= PROGRESS) {
          attempts.gotOn();
        }
        mark = part.length();
        attempts.failed(failure);
      }
    }
  }

  private void transfer() throws TransientFailure {
    HttpResponse<InputStream> response = connection.get(address, headers());
    try (InputStream body = response.body();
        StallGuard guard = new StallGuard(body, connection.settings().stall())) {
      if (response.statusCode() == 416) {
        restart();
        throw new TransientFailure("the server has no such range");
      }
      HubConnection.requireSuccess(response, file.path(), "");
      if (response.statusCode() == 200) {
        if (part.length() > 0) {
          restart();
        }
        tag = response.headers().firstValue("ETag").filter(FileDownload::isStrong);
      } else {
        requireRange(response);
      }
      copy(guard);
    } catch (IOException e) {
      throw new TransientFailure(HubConnection.reason(e));
    }
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new TreeMap<>();
    if (part.length() > 0) {
      headers.put("Range", "bytes=" + part.length() + "-");
      tag.ifPresent(known -> headers.put("If-Range", known));
    }
    return headers;
  }

  /** Weak ones do not say that bytes are equal. */
  private static boolean isStrong(String tag) {
    return tag.matches("\"[\\x21\\x23-\\x7e]{1,256}\"");
  }

  private void requireRange(HttpResponse<InputStream> response) throws TransientFailure {
    String text = response.headers().firstValue("Content-Range").orElse("");
    Matcher range = RANGE.matcher(text);
    if (!range.matches()
        || Long.parseLong(range.group(1)) != part.length()
        || !(range.group(3).equals("*") || Long.parseLong(range.group(3)) == file.size())) {
      restart();
      throw new TransientFailure("another range than asked for came");
    }
  }

  private void copy(StallGuard body) throws IOException, TransientFailure {
    byte[] buffer = new byte[1 << 16];
    for (int count; (count = body.read(buffer)) >= 0; ) {
      if (count > file.size() - part.length()) {
        restart();
        throw new TransientFailure("more than %s bytes came".formatted(file.size()));
      }
      ByteBuffer piece = ByteBuffer.wrap(buffer, 0, count);
      update(piece.duplicate());
      part.append(piece);
      meter.advance(count);
      if (Thread.currentThread().isInterrupted()) {
        throw new TransientFailure("interrupted");
      }
    }
    if (part.length() < file.size()) {
      throw new TransientFailure(
          "the transfer ended after %s of %s bytes".formatted(part.length(), file.size()));
    }
  }

  private void update(ByteBuffer bytes) {
    expected.update(bytes.duplicate());
    sha256.update(bytes);
  }

  private void restart() {
    meter.advance(-part.length());
    part.clear();
    expected = file.digest().begin(file.size());
    sha256 = Digest.sha256();
    tag = Optional.empty();
  }

  @Override
  public void close() {
    part.close();
  }
}
